using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.InstanceTypes.ListMachineAssociations;

/// <summary>The machines of an instance type. Source: spec/31-instance-type.md, section 6.2.</summary>
public sealed record ListMachineAssociations : ListQuery, IQuery<Page<MachineInstanceType>>
{
    private static readonly ListOrder _orders = ListOrder.By("created", "updated");

    /// <summary>Id of the instance type.</summary>
    [Path]
    public Guid InstanceTypeId { get; init; }

    public override ListOrder Orders() => _orders;
}

internal sealed class ListMachineAssociationsEndpoint : ListEndpoint<ListMachineAssociations, MachineInstanceType>
{
    public override void Configure()
    {
        Get("instance/type/{instanceTypeId}/machine");
        Allow(Role.ProviderAdmin);
        Describe(
            "get-instance-type-machine-association",
            "Instance Type",
            "List the machines of an instance type",
            "The machines that belong to an instance type of the org's provider.",
            404);
    }
}
