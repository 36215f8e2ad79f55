using System.Buffers;
using Nico.Hardware.Contracts;
using Nico.SiteProtocol.Health;
using Reported = Nico.SiteProtocol.Forge.Machine;

namespace Nico.Hardware.Machines.Inventory;

/// <summary>What a site's report of a machine means. Source: spec/41-machine.md, sections 3.4 and 3.5; spec/60-site-link.md, section 8.13.</summary>
/// <param name="Text">The state without details, such as <c>Assigned/Ready</c>.</param>
/// <param name="Status">What the machine is fit for.</param>
/// <param name="Message">Why, for the status history.</param>
/// <param name="IsUsable">True when the site lets tenants use it.</param>
/// <param name="IsPassing">True for a state that a machine passes through on its way from one instance to the next.</param>
internal sealed record MachineState(string Text, MachineStatus Status, string Message, bool IsUsable, bool IsPassing)
{
    private const string PreventAllocations = "PreventAllocations";

    private static readonly SearchValues<char> _detailsBegin = SearchValues.Create("{( \t\n\r");

    /// <summary>Reads the report.</summary>
    public static MachineState Of(Reported machine)
    {
        var text = WithoutDetails(machine.State);
        var steps = text.Split('/');
        IReadOnlyList<HealthProbeAlert> alerts = machine.Health?.Alerts ?? [];
        var (status, message) = Read(steps[0], steps.ElementAtOrDefault(1) ?? "", machine, alerts);
        var isPrevented = alerts.Any(Prevents);
        var isUsable = text.Length > 0
            && ((status is MachineStatus.Ready or MachineStatus.InUse or MachineStatus.Initializing && !isPrevented)
                || (steps[0] == "Assigned" && alerts.Any(alert => alert is { Id: "Maintenance", Target: "Degraded" })));
        var isPassing = status is MachineStatus.Initializing or MachineStatus.InUse || (status == MachineStatus.Decommissioned && steps[0] == "WaitingForCleanup");
        return new MachineState(text, status, message, isUsable, isPassing);
    }

    /// <summary>The first rule that fits decides.</summary>
    private static (MachineStatus Status, string Message) Read(string state, string step, Reported machine, IReadOnlyList<HealthProbeAlert> alerts) => state switch
    {
        "" => (MachineStatus.Unknown, "The site reports no state"),
        _ when machine.MaintenanceStartTime is not null => (MachineStatus.Maintenance, MachineMessages.InMaintenance(Report.ShortOrNull(machine.MaintenanceReference))),
        _ when alerts.Any(alert => alert is { Id: "HostUpdateInProgress", Target: "DpuFirmware" }) =>
            (MachineStatus.Initializing, "The firmware of a DPU is being updated"),
        // Not the alert's own text: the next tenants of the machine read its history, and the text may be the last tenant's report.
        _ when alerts.FirstOrDefault(Prevents) is { } alert => (MachineStatus.Error, $"Probe {Report.Short(alert.Id)} forbids allocation"),
        "Created" or "HostInitializing" or "HostReprovisioning" => (MachineStatus.Initializing, "The host is being set up"),
        "DPUDiscovering" or "DPUInitializing" or "Reprovisioning" => (MachineStatus.Initializing, "A DPU is being set up"),
        "WaitingForCleanup" => (MachineStatus.Decommissioned, "Waits for being cleaned"),
        "Measuring" => (MachineStatus.Initializing, step switch
        {
            "WaitingForMeasurements" => "Attestation: waits for measurements",
            "PendingBundle" => "Attestation: waits for a bundle that the measurements match",
            _ => "Attestation runs",
        }),
        "PostAssignedMeasuring" => (MachineStatus.Initializing, "Attestation after an instance runs"),
        "BomValidating" => BillOfMaterials(step),
        "MachineValidation" => (MachineStatus.Initializing, "Hardware validation runs"),
        "Assigned" => (MachineStatus.InUse, MachineMessages.InUse),
        "Ready" => (MachineStatus.Ready, "Ready for use"),
        "ForceDeletion" => (MachineStatus.Decommissioned, "Taken away for good"),
        "Failed" => (MachineStatus.Error, step switch
        {
            "MeasurementsFailedSignatureCheck" => "Attestation failed: a signature is wrong",
            "MeasurementsRetired" => "Attestation failed: the measurements are retired",
            "MeasurementsRevoked" => "Attestation failed: the measurements are revoked",
            "MachineValidation" => "Hardware validation failed",
            _ => Because("The machine failed", step),
        }),
        "Missing" => (MachineStatus.Error, "The site misses the machine"),
        _ => (MachineStatus.Unknown, $"The site reports the unknown state {Report.Short(state)}"),
    };

    private static (MachineStatus Status, string Message) BillOfMaterials(string step) => step switch
    {
        "SkuVerificationFailed" => (MachineStatus.Error, "The hardware is not what its SKU says"),
        "MatchingSku" => (MachineStatus.Initializing, "A SKU that fits the hardware is being looked for"),
        "UpdatingInventory" => (MachineStatus.Initializing, "The hardware is being listed"),
        "VerifyingSku" => (MachineStatus.Initializing, "The hardware is being compared with its SKU"),
        "WaitingForSkuAssignment" or "SkuMissing" => (MachineStatus.Initializing, "Waits for a SKU"),
        _ => (MachineStatus.Initializing, "The hardware is being checked"),
    };

    private static bool Prevents(HealthProbeAlert alert) => alert.Classifications.Contains(PreventAllocations);

    private static string Because(string what, string? why) => string.IsNullOrWhiteSpace(why) ? what : $"{what}: {Report.Short(why)}";

    /// <summary>Controllers print a state with its details in braces or parentheses.</summary>
    private static string WithoutDetails(string state)
    {
        var text = Report.Short(state).Trim();
        var end = text.AsSpan().IndexOfAny(_detailsBegin);
        return end < 0 ? text : text[..end];
    }
}
