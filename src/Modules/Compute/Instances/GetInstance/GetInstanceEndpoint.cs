using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.Instances.GetInstance;

/// <summary>One instance. Source: spec/30-instance.md, section 9.1.</summary>
public sealed record GetInstance : IQuery<InstanceResponse>
{
    /// <summary>Id of the instance.</summary>
    [Path]
    public Guid InstanceId { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<InstanceRelation> IncludeRelation { get; init; } = [];
}

internal sealed class GetInstanceEndpoint : QueryEndpoint<GetInstance, InstanceResponse>
{
    public override void Configure()
    {
        Get("instance/{instanceId}");
        Allow(Role.TenantAdmin);
        Describe("get-instance", "Instance", "Retrieve an instance", "An instance of the org's tenant.", 404);
    }
}
