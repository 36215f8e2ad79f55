using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Hardware.Machines.GetMachine;

/// <summary>One machine. Source: spec/41-machine.md, section 5.</summary>
public sealed record GetMachine : IQuery<MachineResponse>
{
    /// <summary>Id of the machine.</summary>
    [Path]
    public string MachineId { get; init; } = "";

    /// <summary>What to show together with the machine. Can be repeated.</summary>
    [Query]
    public IReadOnlyList<MachineRelation> IncludeRelation { get; init; } = [];

    /// <summary>True to show details of the hardware.</summary>
    [Query]
    public bool? IncludeMetadata { get; init; }
}

internal sealed class GetMachineEndpoint : QueryEndpoint<GetMachine, MachineResponse>
{
    public override void Configure()
    {
        Get("machine/{machineId}");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe(
            "get-machine",
            "Machine",
            "Retrieve a machine",
            "A machine of the org's provider, of a provider that has an accepted account with the org's tenant, if that may choose machines, "
            + "or one that carries an instance of the org's tenant. The last is shown without serial number, health, details and DPUs.",
            404);
    }
}
