using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.InstanceTypes.GetInstanceType;

/// <summary>One instance type. Source: spec/31-instance-type.md, section 3.3.</summary>
public sealed record GetInstanceType : IQuery<InstanceTypeResponse>
{
    /// <summary>Id of the instance type.</summary>
    [Path]
    public Guid InstanceTypeId { get; init; }

    /// <summary>True to show its machines; for its provider.</summary>
    [Query]
    public bool? IncludeMachineAssociation { get; init; }

    /// <summary>The same, as the list spells it.</summary>
    [Query]
    public bool? IncludeMachineAssignment { get; init; }

    /// <summary>True to show what of it is promised and used: by all tenants for its provider, by the org's for a tenant.</summary>
    [Query]
    public bool? IncludeAllocationStats { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<InstanceTypeRelation> IncludeRelation { get; init; } = [];

    /// <summary>Entries of the history to show; more after a change.</summary>
    internal int Entries { get; init; } = StatusHistory.Shown;
}

internal sealed class GetInstanceTypeEndpoint : QueryEndpoint<GetInstanceType, InstanceTypeResponse>
{
    public override void Configure()
    {
        Get("instance/type/{instanceTypeId}");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe(
            "get-instance-type",
            "Instance Type",
            "Retrieve an instance type",
            "An instance type of the org's provider, or of a site where the org's tenant has an allocation.",
            404);
    }
}
