using System.Text.Json;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Reported = Nico.SiteProtocol.Forge.Machine;

namespace Nico.Hardware.Machines.AtSite;

/// <summary>
/// Machines at their site: what every command needs. The site is the truth about a machine, so an order says in its arguments what is
/// wanted; each part of a machine that can be ordered has a lane of its own. Source: spec/60-site-link.md, section 6.9.
/// </summary>
internal static class MachineAtSite
{
    /// <summary>Labels.</summary>
    public const string Labels = "machine/labels";

    /// <summary>In service or not.</summary>
    public const string Maintenance = "machine/maintenance";

    /// <summary>The repair of a machine that keeps its instance.</summary>
    public const string OnlineRepair = "machine/online-repair";

    /// <summary>Which instance type it belongs to.</summary>
    public const string InstanceType = HardwareKinds.MachineInstanceType;

    /// <summary>The same for several machines at once; the resource is the order.</summary>
    public const string InstanceTypes = "machine/instance-types";

    public static SiteCommand Command<TArguments>(LockedMachine machine, string kind, SiteOperation operation, TArguments arguments) =>
        Command(machine.SiteId, machine.Id, kind, operation, arguments);

    public static SiteCommand Command<TArguments>(Guid siteId, string id, string kind, SiteOperation operation, TArguments arguments) => new()
    {
        SiteId = siteId,
        Kind = kind,
        ResourceId = id,
        Operation = operation,
        Arguments = JsonSerializer.Serialize(arguments, Wire.Json),
    };

    public static TArguments Arguments<TArguments>(SiteCall call) => JsonSerializer.Deserialize<TArguments>(call.Command.Arguments!, Wire.Json)!;

    public static MachineId Id(SiteCall call) => new() { Id = call.Command.ResourceId };

    /// <summary>The machine as its site has it now.</summary>
    public static async Task<Reported?> AtSite(SiteCall call, CancellationToken ct) =>
        (await call.Core.FindMachinesByIdsAsync(new MachinesByIdsRequest { MachineIds = { Id(call) } }, cancellationToken: ct)).Machines.FirstOrDefault();

    /// <summary>Records that the site refused an order about the machine, as a step that its status did not take.</summary>
    public static async Task RecordRefusal(SiteCall call, string message, DateTime now, CancellationToken ct)
    {
        if (await call.Db.OneOrNone<string>("select status from hardware.machine where id = @ResourceId", call.Command, ct) is { } status)
        {
            await HardwareModule.MachineHistory.Append(call.Db, call.Command.ResourceId, status, message, now, ct);
        }
    }
}
