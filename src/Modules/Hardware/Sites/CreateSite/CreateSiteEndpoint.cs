using FluentValidation;
using Microsoft.AspNetCore.Http;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Hardware.Sites.CreateSite;

/// <summary>A provider's declaration of a site. Source: spec/40-site.md, section 3.</summary>
[Schema("SiteCreateRequest")]
public sealed record CreateSite : ICommand<Guid>
{
    /// <summary>Name of the site, unique for its provider: 2 to 256 bytes, no white space at either end.</summary>
    public string? Name { get; init; }

    /// <summary>What the provider says about the site.</summary>
    public string? Description { get; init; }

    /// <summary>Host name or address under which tenants reach the serial console.</summary>
    public string? SerialConsoleHostname { get; init; }

    /// <summary>Where the site is.</summary>
    public SiteLocation? Location { get; init; }

    /// <summary>Who looks after it.</summary>
    public SiteContact? Contact { get; init; }
}

internal sealed class CreateSiteEndpoint : CommandEndpoint<CreateSite, Guid, SiteResponse>
{
    protected override int SuccessStatus => StatusCodes.Status201Created;

    public override void Configure()
    {
        Post("site");
        Allow(Role.ProviderAdmin);
        Describe(
            "create-site",
            "Site",
            "Create a site",
            "Declares a site of the org's provider. It is `Pending` until its controller reports its machines for the first time. "
            + "The answer carries the one-time password with which the controller pairs itself.",
            404,
            409);
    }

    protected override IQuery<SiteResponse> Answer(CreateSite request, Guid id) => new GetSite.GetSite { SiteId = id };

    internal sealed class Rules : FastEndpoints.Validator<CreateSite>
    {
        public Rules()
        {
            RuleFor(site => site.Name).RequiredName();
            RuleFor(site => site.SerialConsoleHostname).Must(Site.IsConsoleHost).WithMessage("must be an IP address or a DNS name");
        }
    }
}
