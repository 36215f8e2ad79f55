using MediatR;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Hardware.Machines.DeleteMachine;

/// <summary>A provider's order to forget a machine that its site has not had for a day. Source: spec/41-machine.md, section 8.</summary>
public sealed record DeleteMachine : ICommand<Unit>
{
    /// <summary>Id of the machine.</summary>
    [Path]
    public string MachineId { get; init; } = "";
}

internal sealed class DeleteMachineEndpoint : DeleteEndpoint<DeleteMachine>
{
    public override void Configure()
    {
        Delete("machine/{machineId}");
        Allow(Role.ProviderAdmin);
        Describe(
            "delete-machine",
            "Machine",
            "Delete a machine",
            "Forgets a machine that its site has not reported for 24 hours, with its parts and its history. It must carry no instance and belong to "
            + "no instance type. Should its site report it again, it is a new machine.",
            404);
    }
}
