using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Compute.InstanceTypes.UpdateInstanceType;

/// <summary>A provider's order to change an instance type: what is absent stays. Source: spec/31-instance-type.md, section 3.4.</summary>
[Schema("InstanceTypeUpdateRequest")]
public sealed record UpdateInstanceType : ICommand<Guid>
{
    /// <summary>Id of the instance type.</summary>
    [Path]
    public Guid InstanceTypeId { get; init; }

    /// <summary>New name, 2 to 256 bytes of ASCII; unique for the provider at the site.</summary>
    public string? Name { get; init; }

    /// <summary>New free text, at most 1024 bytes.</summary>
    public string? Description { get; init; }

    /// <summary>The labels that it is to have; an empty map takes all away.</summary>
    public Dictionary<string, string>? Labels { get; init; }

    /// <summary>All that each of its machines must be built of; while no machine belongs to it.</summary>
    public IReadOnlyList<InstanceTypeCapabilityCreateRequest>? MachineCapabilities { get; init; }
}

internal sealed class UpdateInstanceTypeEndpoint : CommandEndpoint<UpdateInstanceType, Guid, InstanceTypeResponse>
{
    public override void Configure()
    {
        Patch("instance/type/{instanceTypeId}");
        Allow(Role.ProviderAdmin);
        Describe(
            "update-instance-type",
            "Instance Type",
            "Update an instance type",
            "Changes what is named, here and at the site. A change that the site refuses is undone.",
            404,
            409,
            412);
    }

    protected override IQuery<InstanceTypeResponse> Answer(UpdateInstanceType request, Guid id) =>
        new GetInstanceType.GetInstanceType { InstanceTypeId = id, Entries = StatusHistory.ShownAfterUpdate };

    internal sealed class Rules : FastEndpoints.Validator<UpdateInstanceType>
    {
        public Rules()
        {
            RuleFor(order => order.Name).OptionalName().SiteText();
            RuleFor(order => order.Description).SiteDescription();
            RuleFor(order => order.Labels).Labels();
            this.Capabilities(order => order.MachineCapabilities);
        }
    }
}
