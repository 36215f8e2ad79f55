using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Health;

namespace Nico.Hardware.Machines.AtSite;

/// <summary>A repair that begins or ends.</summary>
/// <param name="Change">What it changed of the instance; null when the instance is gone.</param>
/// <param name="Issue">What is to be repaired; null for an end.</param>
/// <param name="AllowsDeletion">Whether the instance may be deleted should the repair fail; null for an end.</param>
internal sealed record OnlineRepairArguments(InstanceRepairChange? Change, MachineHealthIssue? Issue, bool? AllowsDeletion = null);

/// <summary>
/// A repair of a machine that keeps its instance: at its site, an alert beside those of its probes, by which those who repair find it.
/// Source: spec/60-site-link.md, section 6.9.
/// </summary>
internal static class OnlineRepairAtSite
{
    /// <summary>Id of the alert.</summary>
    public const string AlertId = "OnLineRepair";

    /// <summary>Who the alert is from.</summary>
    public const string Source = "request-online-repair";

    public static HealthReport Report(MachineHealthIssue issue, DateTime now) => new()
    {
        Source = Source,
        ObservedAt = Timestamp.FromDateTime(now),
        Alerts =
        {
            new HealthProbeAlert
            {
                Id = AlertId,
                Target = "tenant-reported",
                InAlertSince = Timestamp.FromDateTime(now),
                Message = JsonSerializer.Serialize(new SortedDictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["details"] = issue.Details,
                    ["issue_category"] = issue.Category.ToString()!.ToUpperInvariant(),
                    ["summary"] = issue.Summary,
                }),
                TenantMessage = $"TenantReportedIssue: {issue.Summary}",
                Classifications = { "PreventAllocations", "PreventInstanceDeletion", "SuppressExternalAlerting" },
            },
        },
    };

    /// <summary>True when the site has the alert.</summary>
    public static async Task<bool> IsThere(SiteCall call, CancellationToken ct) =>
        await MachineAtSite.AtSite(call, ct) is { } found
        && (found.HealthOverrides.Any(report => report.Source == Source) || found.Health?.Alerts.Any(alert => alert.Id == AlertId) is true);

    public static Task Undo(SiteCall call, IInstanceRepairs repairs, SiteRefusal refusal, DateTime now, CancellationToken ct)
    {
        var reason = $"The site refused a change of the machine's repair: {refusal.Reason}";
        return MachineAtSite.Arguments<OnlineRepairArguments>(call).Change is { } change
            ? repairs.Undo(change, refusal.RequestWaits ? null : reason, ct)
            : MachineAtSite.RecordRefusal(call, reason, now, ct);
    }
}

internal sealed class BeginOnlineRepairAtSite(IInstanceRepairs repairs, TimeProvider clock) : SiteCommandHandler
{
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await call.Core.InsertHealthReportOverrideAsync(
        new InsertHealthReportOverrideRequest
        {
            MachineId = MachineAtSite.Id(call),
            Override = new HealthReportOverride
            {
                Mode = OverrideMode.Merge,
                Report = OnlineRepairAtSite.Report(MachineAtSite.Arguments<OnlineRepairArguments>(call).Issue!, clock.Now()),
            },
        },
        cancellationToken: ct);

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) => new(await OnlineRepairAtSite.IsThere(call, ct));

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) => Task.CompletedTask;

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct) => OnlineRepairAtSite.Undo(call, repairs, refusal, clock.Now(), ct);

    /// <summary>The instance is Repairing again, if it is still there and Ready.</summary>
    public override async Task Retried(SiteCall call, CancellationToken ct)
    {
        if (MachineAtSite.Arguments<OnlineRepairArguments>(call) is not { Change: { } change, AllowsDeletion: { } allowsDeletion })
        {
            throw Problem.Conflict("The instance left the repair when its site refused it: order the repair again");
        }

        await repairs.Begin(change.InstanceId, allowsDeletion, ct);
    }
}

internal sealed class EndOnlineRepairAtSite(IInstanceRepairs repairs, TimeProvider clock) : SiteCommandHandler
{
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await call.Core.RemoveHealthReportOverrideAsync(
        new RemoveHealthReportOverrideRequest { MachineId = MachineAtSite.Id(call), Source = OnlineRepairAtSite.Source }, cancellationToken: ct);

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) => new(!await OnlineRepairAtSite.IsThere(call, ct));

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) => Task.CompletedTask;

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct) => OnlineRepairAtSite.Undo(call, repairs, refusal, clock.Now(), ct);

    /// <summary>The instance shows the end again; an end that no instance waits for shows nothing.</summary>
    public override async Task Retried(SiteCall call, CancellationToken ct)
    {
        if (MachineAtSite.Arguments<OnlineRepairArguments>(call).Change is { } change)
        {
            await repairs.End(change.InstanceId, hasAlert: true, ct);
        }
    }
}
