using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Compute.InstanceTypes.CreateInstanceType;

/// <summary>A provider's order for an instance type at a site. Source: spec/31-instance-type.md, section 3.1.</summary>
[Schema("InstanceTypeCreateRequest")]
public sealed record CreateInstanceType : ICommand<Guid>
{
    /// <summary>Name of the instance type, 2 to 256 bytes of ASCII; unique for the provider at the site.</summary>
    public string? Name { get; init; }

    /// <summary>Free text, at most 1024 bytes.</summary>
    public string? Description { get; init; }

    /// <summary>The site; one of the provider's own.</summary>
    public Guid? SiteId { get; init; }

    /// <summary>At most 10 labels; keys of 1 to 255 bytes, values of at most 255 bytes.</summary>
    public Dictionary<string, string>? Labels { get; init; }

    /// <summary>What controllers call such machines, at least 2 bytes. Not told to the site, and not changed later.</summary>
    public string? ControllerMachineType { get; init; }

    /// <summary>What each of its machines must be built of; without any, all machines will do.</summary>
    public IReadOnlyList<InstanceTypeCapabilityCreateRequest>? MachineCapabilities { get; init; }
}

internal sealed class CreateInstanceTypeEndpoint : CommandEndpoint<CreateInstanceType, Guid, InstanceTypeResponse>
{
    protected override int SuccessStatus => 201;

    public override void Configure()
    {
        Post("instance/type");
        Allow(Role.ProviderAdmin);
        Describe(
            "create-instance-type",
            "Instance Type",
            "Create an instance type",
            "Names a class of the site's machines by what they are built of. It is Ready at once; machines join it by an order of their own.",
            409,
            412);
    }

    protected override IQuery<InstanceTypeResponse> Answer(CreateInstanceType request, Guid id) =>
        new GetInstanceType.GetInstanceType { InstanceTypeId = id };

    internal sealed class Rules : FastEndpoints.Validator<CreateInstanceType>
    {
        public Rules()
        {
            RuleFor(order => order.Name).RequiredName().SiteText();
            RuleFor(order => order.Description).SiteDescription();
            RuleFor(order => order.SiteId).Required();
            RuleFor(order => order.Labels).Labels();
            RuleFor(order => order.ControllerMachineType)
                .Must(type => type is null or "" || System.Text.Encoding.UTF8.GetByteCount(type) >= 2)
                .WithMessage("must be at least 2 bytes long");
            this.Capabilities(order => order.MachineCapabilities);
        }
    }
}
