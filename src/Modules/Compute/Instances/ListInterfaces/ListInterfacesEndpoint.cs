using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.Instances.ListInterfaces;

/// <summary>What an answer about interfaces can embed.</summary>
public enum InterfaceRelation
{
    /// <summary>The instance, as <c>instance</c>.</summary>
    Instance,

    /// <summary>The subnet, as <c>subnet</c>.</summary>
    Subnet,

    /// <summary>The VPC prefix, as <c>vpcprefix</c>.</summary>
    VpcPrefix,
}

/// <summary>An instance's interfaces. Source: spec/30-instance.md, section 10.</summary>
public sealed record ListInterfaces : ListQuery, IQuery<Page<Interface>>
{
    private static readonly ListOrder _orders = ListOrder.By("status", "created", "updated").Then("created, position, id");

    /// <summary>Id of the instance.</summary>
    [Path]
    public Guid InstanceId { get; init; }

    /// <summary>Only interfaces in this status.</summary>
    [Query]
    public InterfaceStatus? Status { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<InterfaceRelation> IncludeRelation { get; init; } = [];

    public override ListOrder Orders() => _orders;
}

internal sealed class ListInterfacesEndpoint : ListEndpoint<ListInterfaces, Interface>
{
    public override void Configure()
    {
        Get("instance/{instanceId}/interface");
        Allow(Role.TenantAdmin);
        Describe("get-all-interface", "Instance", "List an instance's interfaces", "The instance's attachments to networks, those being removed too.", 404);
    }
}
