using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Hardware.Sites.UpdateSite;

/// <summary>A provider's change of a site: what is absent stays. Source: spec/40-site.md, section 7.</summary>
[Schema("SiteUpdateRequest")]
public sealed record UpdateSite : ICommand<Guid>
{
    /// <summary>Id of the site.</summary>
    [Path]
    public Guid SiteId { get; init; }

    /// <summary>New name, unique for the provider: 2 to 256 bytes, no white space at either end.</summary>
    public string? Name { get; init; }

    /// <summary>New description.</summary>
    public string? Description { get; init; }

    /// <summary>True for a new registration token, with which the controller can be paired again. A site that is not Registered becomes Pending.</summary>
    public bool? RenewRegistrationToken { get; init; }

    /// <summary>Host name or address under which tenants reach the serial console; the empty text for none.</summary>
    public string? SerialConsoleHostname { get; init; }

    /// <summary>True to offer serial consoles. Can be changed while the site is Registered.</summary>
    public bool? IsSerialConsoleEnabled { get; init; }

    /// <summary>Seconds without input after which a console session ends, 1 or more. Can be set while the site is Registered.</summary>
    public int? SerialConsoleIdleTimeout { get; init; }

    /// <summary>Longest duration of a console session in seconds, 1 or more. Can be set while the site is Registered.</summary>
    public int? SerialConsoleMaxSessionLength { get; init; }

    /// <summary>Must be left out: nobody can change it any more.</summary>
    public bool? IsSerialConsoleSSHKeysEnabled { get; init; }

    /// <summary>Where the site is, as a whole.</summary>
    public SiteLocation? Location { get; init; }

    /// <summary>Who looks after it, as a whole.</summary>
    public SiteContact? Contact { get; init; }

    /// <summary>What can be used at the site; a flag that is absent stays.</summary>
    public SiteCapabilitiesUpdateRequest? Capabilities { get; init; }

    /// <summary>The JSON names of what is to be changed.</summary>
    internal IEnumerable<string> Changes() => new (string Field, object? Value)[]
    {
        (nameof(Name), Name),
        (nameof(Description), Description),
        (nameof(RenewRegistrationToken), RenewRegistrationToken),
        (nameof(SerialConsoleHostname), SerialConsoleHostname),
        (nameof(IsSerialConsoleEnabled), IsSerialConsoleEnabled),
        (nameof(SerialConsoleIdleTimeout), SerialConsoleIdleTimeout),
        (nameof(SerialConsoleMaxSessionLength), SerialConsoleMaxSessionLength),
        (nameof(Location), Location),
        (nameof(Contact), Contact),
        (nameof(Capabilities), Capabilities),
    }.Where(change => change.Value is not null).Select(change => Wire.Name(change.Field));
}

/// <summary>What can be used at a site; a flag that is absent stays.</summary>
public sealed record SiteCapabilitiesUpdateRequest
{
    /// <summary>Routed networks: VPCs of type FNN and VPC prefixes. Cannot be taken away while the site has a VPC of type FNN.</summary>
    public bool? NativeNetworking { get; init; }

    /// <summary>Network security groups.</summary>
    public bool? NetworkSecurityGroup { get; init; }

    /// <summary>NVLink partitions.</summary>
    public bool? NvLinkPartition { get; init; }

    /// <summary>Rack work through the Flow service.</summary>
    public bool? Flow { get; init; }

    /// <summary>Operating systems that are written from an image.</summary>
    public bool? ImageBasedOperatingSystem { get; init; }
}

internal sealed class UpdateSiteEndpoint : CommandEndpoint<UpdateSite, Guid, SiteResponse>
{
    public override void Configure()
    {
        Patch("site/{siteId}");
        Allow(Role.ProviderAdmin, Role.TenantAdmin);
        Describe(
            "update-site",
            "Site",
            "Update a site",
            "Changes what is named of a site of the org's provider. Only the provider can change anything. "
            + "With renewRegistrationToken the answer carries a new one-time password; the former one is void.",
            404,
            409);
    }

    protected override IQuery<SiteResponse> Answer(UpdateSite request, Guid id) =>
        new GetSite.GetSite { SiteId = id, Entries = StatusHistory.ShownAfterUpdate };

    internal sealed class Rules : FastEndpoints.Validator<UpdateSite>
    {
        public Rules()
        {
            RuleFor(change => change.Name).OptionalName();
            RuleFor(change => change.SerialConsoleHostname).Must(Site.IsConsoleHost).WithMessage("must be an IP address or a DNS name");
            RuleFor(change => change.SerialConsoleIdleTimeout).GreaterThanOrEqualTo(1).WithMessage("must be 1 or more");
            RuleFor(change => change.SerialConsoleMaxSessionLength).GreaterThanOrEqualTo(1).WithMessage("must be 1 or more");
            RuleFor(change => change.IsSerialConsoleSSHKeysEnabled).Null().WithMessage("cannot be changed any more");
        }
    }
}
