using Google.Protobuf.WellKnownTypes;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Frames;
using Nico.SiteProtocol.Health;
using Nico.SiteSimulator.Hardware;
using Nico.SiteSimulator.Rules;
using Nico.SiteSimulator.State;
using Nico.SiteSimulator.Time;

namespace Nico.SiteSimulator.Core;

/// <summary>The site's hosts and their DPUs: what state they are in, what is wrong with them, what was written on them.</summary>
internal sealed class Machines(Controller site)
{
    private const string MaintenanceSource = "maintenance";
    private const string PreventAllocations = "PreventAllocations";

    /// <summary>At a site's first start: one host waits for its SKU, one has failed, one is in maintenance.</summary>
    public void Blemish()
    {
        var hosts = site.World.Hosts;
        var ingesting = Record(hosts[^1].Id);
        Enter(ingesting, Journeys.IngestUnassigned, 0, site.Now);

        var failed = Record(hosts[^2].Id);
        failed.Failure = "NVMECleanFailed { source: NvmeClean, err: \"nvme3n1: format timed out\" }";
        failed.Since = site.Now;
        site.State.Machines.Put(failed);

        Maintain(Record(hosts[^3].Id), "Fan tray 2 is being replaced, ticket HW-1207");
    }

    public void Load()
    {
        foreach (var record in site.State.Machines.Values)
        {
            Enqueue(record);
        }
    }

    public MachineIdList FindIds(MachineSearchConfig search)
    {
        var hosts = site.World.Shuffled.Where(host => Matches(host, search));
        var ids = search.ExcludeHosts ? [] : hosts.Select(host => host.Id);
        if (search.IncludeDpus)
        {
            ids = ids.Concat(hosts.SelectMany(host => Enumerable.Range(0, host.Profile.Dpus).Select(dpu => site.World.DpuId(host, dpu))));
        }

        return new() { MachineIds = { site.Faults.TwistList("machine", ids).Select(id => new MachineId { Id = id }) } };
    }

    /// <summary>Looks up what changes of each machine; the messages are built by the caller of the result, without the site's gate.</summary>
    public Func<ObjectFrames> FindByIds(MachinesByIdsRequest request)
    {
        var ids = Checks.Limited([.. request.MachineIds.Select(id => id.Id)], site.Options.MaxFindByIds);
        var leftOut = site.Faults.LeftOut("machine");
        var views = new List<MachineView>(ids.Count);
        foreach (var id in ids.Distinct())
        {
            if (View(id) is { } view && !leftOut(id))
            {
                views.Add(view);
            }
        }

        return () => new() { Objects = { views.Select(view => MachineMessage.Bytes(site, view, request.IncludeHistory)) } };
    }

    public Empty SetMaintenance(MaintenanceRequest request)
    {
        var record = Record(KnownHost(request.HostId).Id);
        if (!System.Enum.IsDefined(request.Operation))
        {
            throw Refuse.Invalid($"operation {(int)request.Operation} is unknown");
        }

        if (request.Operation == MaintenanceOperation.Disable)
        {
            if (site.Faults.OnMachine(FaultKind.MachineUpdating, record.Id).Any())
            {
                throw Refuse.Invalid($"the DPU of machine {record.Id} is to be reprovisioned; it stays in maintenance until then");
            }

            Remove(record, MaintenanceSource);
            return new();
        }

        var reference = request.Reference.Trim();
        if (reference.Length < 5)
        {
            throw Refuse.Invalid("a maintenance reference of at least 5 characters is required");
        }

        Maintain(record, reference);
        return new();
    }

    public Empty UpdateMetadata(MachineMetadataUpdateRequest request)
    {
        var id = request.MachineId?.Id ?? "";
        var record = Record(KnownHost(request.MachineId).Id);
        var metadata = Checks.Metadata(request.Metadata ?? throw Refuse.Invalid("metadata is required"));
        if (request.HasIfVersionMatch && request.IfVersionMatch != Moment.Text(record.Version))
        {
            throw Refuse.VersionMismatch("machine", id, request.IfVersionMatch);
        }

        record.Metadata = metadata;
        Touch(record);
        return new();
    }

    public Empty InsertOverride(InsertHealthReportOverrideRequest request)
    {
        var record = Record(KnownHost(request.MachineId).Id);
        if (request.Override?.Report is not { Source.Length: > 0 } report)
        {
            throw Refuse.Invalid("override.report with a source is required");
        }

        if (!System.Enum.IsDefined(request.Override.Mode))
        {
            throw Refuse.Invalid($"override.mode {(int)request.Override.Mode} is unknown");
        }

        if (report.Alerts.Any(alert => alert.Id.Length == 0) || report.Successes.Any(success => success.Id.Length == 0))
        {
            throw Refuse.Invalid("every alert and success needs an id");
        }

        Put(record, report, request.Override.Mode);
        return new();
    }

    public Empty RemoveOverride(RemoveHealthReportOverrideRequest request)
    {
        var record = Record(KnownHost(request.MachineId).Id);
        return Remove(record, request.Source) ? new() : throw Refuse.NotFound("health report override", request.Source);
    }

    public RemoveMachineInstanceTypeAssociationResponse RemoveInstanceType(RemoveMachineInstanceTypeAssociationRequest request)
    {
        var record = Record(KnownHost(new MachineId { Id = request.MachineId }).Id);
        if (record.Instance.Length > 0)
        {
            throw Refuse.Precondition($"machine {record.Id} has an instance");
        }

        if (!record.HasInstanceType)
        {
            throw Refuse.NotFound("instance type association of machine", record.Id);
        }

        record.ClearInstanceType();
        Touch(record);
        return new();
    }

    /// <summary>What the hosts with this instance type are, as far as it matters for the type.</summary>
    public IEnumerable<MachineRecord> OfType(string type) => site.State.Machines.Values.Where(record => record.HasInstanceType && record.InstanceType == type);

    /// <summary>Puts hosts into an instance type, all or none: those that are there, are what it asks for, and carry no instance.</summary>
    public void Associate(string type, IEnumerable<string> ids, Func<MachineCapabilitiesSet, string?> mismatch)
    {
        var records = new List<MachineRecord>();
        foreach (var id in ids)
        {
            var host = KnownHost(new MachineId { Id = id });
            var record = Record(host.Id);
            if (record.Instance.Length > 0)
            {
                throw Refuse.Precondition($"machine {id} has an instance");
            }

            var capabilities = View(id) is { } view ? MachineMessage.Build(site, view, history: false).Capabilities : null;
            if (mismatch(capabilities ?? new()) is { } why)
            {
                throw Refuse.Invalid($"machine {id} does not match instance type {type}: {why}");
            }

            records.Add(record);
        }

        foreach (var record in records)
        {
            record.InstanceType = type;
            Touch(record);
        }
    }

    public void LeaveType(MachineRecord record)
    {
        record.ClearInstanceType();
        Touch(record);
    }

    public Host? Find(string id) => site.Faults.Hides("machine", id) ? null : site.World.Find(id);

    /// <summary>The record of a host; one as it was built when nothing happened to it yet. To be kept it must be put.</summary>
    public MachineRecord Record(string id) => site.State.Machines.Find(id) ?? new MachineRecord
    {
        Id = id,
        Since = site.Built,
        StateVersion = Moment.First(site.Built),
        Version = Moment.First(site.Built),
        Rebooted = site.Built - TimeSpan.FromMinutes(30 + site.Seed.Fraction("booted " + id) * 20000).Ticks,
    };

    /// <summary>The host that an instance is to get, or why it cannot get it.</summary>
    public Host ForAllocation(MachineId? wanted, bool allowUnhealthy, string? instanceType)
    {
        var host = KnownHost(wanted);
        var record = Record(host.Id);
        var state = StateText(record);
        if (state != "Ready" || record.Instance.Length > 0)
        {
            throw Refuse.Invalid($"machine {host.Id} is not available for allocation: its state is {(record.Instance.Length > 0 ? "Assigned" : state)}");
        }

        if (instanceType is not null && (!record.HasInstanceType || record.InstanceType != instanceType))
        {
            throw Refuse.Invalid($"machine {host.Id} is not of instance type {instanceType}");
        }

        if (!allowUnhealthy && Alerts(record).FirstOrDefault(alert => alert.Classifications.Contains(PreventAllocations)) is { } alert)
        {
            throw Refuse.Precondition(record.Overrides.Any(o => o.Report.Source == MaintenanceSource)
                ? $"machine {host.Id} is in maintenance"
                : $"machine {host.Id} has a health alert that prevents allocations: {alert.Id} {alert.Target}");
        }

        return host;
    }

    /// <summary>Whether an instance could be allocated on the host now.</summary>
    public bool IsFree(string id)
    {
        if (Find(id) is null)
        {
            return false;
        }

        var record = Record(id);
        return record.Instance.Length == 0 && StateText(record) == "Ready" && !Alerts(record).Any(alert => alert.Classifications.Contains(PreventAllocations));
    }

    /// <summary>The first word of every host's state.</summary>
    public IEnumerable<string> States() => site.World.Hosts.Select(host => StateText(Record(host.Id)).Split('/', ' ')[0]);

    public void Occupy(string id, string instance)
    {
        var record = Record(id);
        record.Instance = instance;
        site.State.Machines.Put(record);
    }

    /// <summary>After its instance is gone, the host is cleaned and checked before the next one.</summary>
    public void Vacate(string id)
    {
        var record = Record(id);
        record.Instance = "";
        Enter(record, Journeys.Cleanup, 0, site.Now);
    }

    /// <summary>The state of a host changed with its instance's.</summary>
    public void StateChanged(string id)
    {
        var record = Record(id);
        record.Since = site.Now;
        record.StateVersion = Moment.After(record.StateVersion, site.Now);
        site.State.Machines.Put(record);
    }

    public void RebootRequested(string id, string mode)
    {
        var record = Record(id);
        record.Rebooted = Booted(record);
        record.RebootRequested = site.Now;
        record.RebootMode = mode;
        record.RebootDone = site.Now + site.Pace.Draw($"reboot {id} {site.Now}", 330, 180, 480).Ticks;
        site.State.Machines.Put(record);
    }

    /// <summary>A tenant gave the host back and says that something is wrong with it.</summary>
    public void ReportIssue(string id, Issue issue)
    {
        var record = Record(id);
        var report = new HealthReport
        {
            Source = "tenant-reported-issue",
            TriggeredBy = "tenant",
            ObservedAt = Moment.Wire(site.Now),
            Alerts =
            {
                new HealthProbeAlert
                {
                    Id = "TenantReportedIssue",
                    Target = "tenant-reported",
                    InAlertSince = Moment.Wire(site.Now),
                    Message = $"{issue.Category}: {issue.Summary}: {issue.Details}",
                    TenantMessage = issue.Summary,
                    Classifications = { PreventAllocations, "SuppressExternalAlerting" },
                },
            },
        };
        Put(record, report, OverrideMode.Merge);
        if (site.Options.AutoRepair)
        {
            var repair = report.Clone();
            repair.Source = "repair-request";
            repair.Alerts[0].Id = "RequestRepair";
            Put(record, repair, OverrideMode.Merge);
        }
    }

    /// <summary>The one who repairs gave the host back without complaint.</summary>
    public void Repaired(string id)
    {
        var record = Record(id);
        Remove(record, "tenant-reported-issue");
        Remove(record, "repair-request");
    }

    public void Advance(string id, long due)
    {
        if (site.State.Machines.Find(id) is { } record && record.Due == due && record.Journey.Length > 0)
        {
            Enter(record, record.Journey, record.Step + 1, due);
        }
    }

    /// <summary>Ingests a host anew, or lets one that failed, waits or is ingested be Ready.</summary>
    public void Restart(string id, bool ingest)
    {
        var record = Record(KnownHost(new MachineId { Id = id }).Id);
        if (record.Instance.Length > 0)
        {
            throw Refuse.Invalid($"machine {id} has an instance");
        }

        record.Failure = "";
        Enter(record, Journeys.Ingest, ingest ? 0 : Journeys.Steps(Journeys.Ingest).Count, site.Now);
    }

    public void Touch(MachineRecord record)
    {
        record.Version = Moment.After(record.Version, site.Now);
        site.State.Machines.Put(record);
    }

    /// <summary>The controller's state of a host, as text.</summary>
    public string StateText(MachineRecord record)
    {
        if (site.Faults.OnMachine(FaultKind.MachineFails, record.Id).FirstOrDefault() is { } failure)
        {
            return "Failed/" + (failure.Message ?? "NVMECleanFailed");
        }

        if (record.Instance.Length > 0)
        {
            return site.Instances.MachineText(record.Instance);
        }

        if (record.Failure.Length > 0)
        {
            return "Failed/" + record.Failure;
        }

        if (site.Faults.OnMachine(FaultKind.MachineUpdating, record.Id).Any())
        {
            return "Reprovisioning/FirmwareUpgrade";
        }

        return record.Journey.Length > 0 ? Journeys.Steps(record.Journey)[record.Step].Text : "Ready";
    }

    /// <summary>Every alert of a host but those that come and go with its sensors.</summary>
    public IEnumerable<HealthProbeAlert> Alerts(MachineRecord record)
    {
        var alerts = record.Overrides.SelectMany(o => o.Report.Alerts);
        if (record.Overrides.All(o => o.Mode != OverrideMode.Replace))
        {
            alerts = alerts.Concat(Faulted(record.Id));
        }

        return alerts;
    }

    public MachineView? View(string id)
    {
        if (site.Faults.Hides("machine", id))
        {
            return null;
        }

        var dpu = -1;
        if (site.World.Find(id) is not { } host)
        {
            if (site.World.FindDpu(id) is not { } place || site.Faults.Hides("machine", place.Host.Id))
            {
                return null;
            }

            (host, dpu) = place;
        }

        var record = Record(host.Id).Clone();
        return new MachineView(
            host, dpu, record, StateText(record), Booted(record), [.. Faulted(host.Id)], site.Faults.OnMachine(FaultKind.OddData, host.Id).Any(), site.Now);
    }

    public static StateSla ShowSla(Pace pace, double? seconds, long since, long now)
    {
        var sla = new StateSla();
        if (seconds is { } limit)
        {
            sla.Sla = Duration.FromTimeSpan(TimeSpan.FromSeconds(limit));
            sla.TimeInStateAboveSla = !double.IsPositiveInfinity(pace.Speed) && now - since > pace.Scaled(limit).Ticks;
        }

        return sla;
    }

    private IEnumerable<HealthProbeAlert> Faulted(string id)
    {
        foreach (var fault in site.Faults.OnMachine(FaultKind.MachineAlert, id))
        {
            yield return new HealthProbeAlert
            {
                Id = fault.AlertId ?? "BmcSensor",
                Target = fault.AlertTarget ?? "Sys_Inlet_Temp",
                InAlertSince = Moment.Wire(fault.Begins),
                Message = fault.Message ?? "The sensor is outside its limits.",
                Classifications = { fault.Classifications ?? [PreventAllocations] },
            };
        }

        foreach (var fault in site.Faults.OnMachine(FaultKind.MachineUpdating, id))
        {
            yield return new HealthProbeAlert
            {
                Id = "HostUpdateInProgress",
                Target = "DpuFirmware",
                InAlertSince = Moment.Wire(fault.Begins),
                Message = fault.Message ?? "DPU firmware is being updated.",
                Classifications = { PreventAllocations, "SuppressExternalAlerting" },
            };
        }
    }

    private bool Matches(Host host, MachineSearchConfig search)
    {
        if (site.Faults.Hides("machine", host.Id)
            || search.OnlyQuarantine
            || (search.MnnvlOnly && !host.Profile.NvlinkRack)
            || (search.RackId is not null && search.RackId.Id != host.Rack)
            || (search.HasOnlyWithPowerState && !search.OnlyWithPowerState.Equals("on", StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        if (!search.OnlyMaintenance && !search.HasInstanceTypeId && !search.HasOnlyWithHealthAlert)
        {
            return true;
        }

        var record = Record(host.Id);
        return (!search.OnlyMaintenance || record.Overrides.Any(o => o.Report.Source == MaintenanceSource))
            && (!search.HasInstanceTypeId || (record.HasInstanceType && record.InstanceType == search.InstanceTypeId))
            && (!search.HasOnlyWithHealthAlert || Alerts(record).Any(alert => alert.Id == search.OnlyWithHealthAlert));
    }

    private Host KnownHost(MachineId? id)
    {
        if (string.IsNullOrEmpty(id?.Id))
        {
            throw Refuse.Invalid("machine_id is required");
        }

        if (id.Id.Length != 59 || !id.Id.StartsWith("fm100", StringComparison.Ordinal))
        {
            throw Refuse.Invalid($"\"{id.Id}\" is not a machine id");
        }

        return Find(id.Id) ?? (site.World.FindDpu(id.Id) is null
            ? throw Refuse.NotFound("machine", id.Id)
            : throw Refuse.Invalid($"machine {id.Id} is a DPU"));
    }

    private void Maintain(MachineRecord record, string reference) => Put(
        record,
        new HealthReport
        {
            Source = MaintenanceSource,
            ObservedAt = Moment.Wire(site.Now),
            Alerts =
            {
                new HealthProbeAlert
                {
                    Id = "Maintenance",
                    InAlertSince = Moment.Wire(site.Now),
                    Message = reference,
                    Classifications = { PreventAllocations, "SuppressExternalAlerting" },
                },
            },
        },
        OverrideMode.Merge);

    private void Put(MachineRecord record, HealthReport report, OverrideMode mode)
    {
        Drop(record, report.Source);
        var kept = report.Clone();
        foreach (var alert in kept.Alerts)
        {
            alert.InAlertSince ??= Moment.Wire(site.Now);
        }

        record.Overrides.Add(new HealthReportOverride { Report = kept, Mode = mode });
        site.State.Machines.Put(record);
    }

    private bool Remove(MachineRecord record, string source)
    {
        if (!Drop(record, source))
        {
            return false;
        }

        site.State.Machines.Put(record);
        return true;
    }

    private static bool Drop(MachineRecord record, string source)
    {
        var old = record.Overrides.FirstOrDefault(o => o.Report.Source == source);
        return old is not null && record.Overrides.Remove(old);
    }

    private long Booted(MachineRecord record) => record.RebootDone != 0 && record.RebootDone <= site.Now ? record.RebootDone : record.Rebooted;

    private void Enter(MachineRecord record, string journey, int step, long moment)
    {
        var steps = Journeys.Steps(journey);
        var dpus = site.World.Find(record.Id)?.Profile.Dpus ?? 0;
        while (step < steps.Count && dpus == 0 && steps[step].Phase.StartsWith("DPU", StringComparison.Ordinal))
        {
            step++;
        }

        (record.Journey, record.Step) = step < steps.Count ? (journey, step) : ("", 0);
        record.Since = moment;
        record.StateVersion = Moment.After(record.StateVersion, moment);
        record.Due = 0;
        if (step < steps.Count && !double.IsPositiveInfinity(steps[step].Seconds))
        {
            record.Due = moment + site.Pace.Draw($"{record.Id} {journey} {step}", steps[step].Seconds, steps[step].Low, steps[step].High).Ticks;
        }

        site.State.Machines.Put(record);
        Enqueue(record);
    }

    private void Enqueue(MachineRecord record)
    {
        if (record.Due != 0)
        {
            site.Due.Add(Kind.Machine, record.Id, record.Due);
        }
    }
}

/// <summary>What of a machine can change, at one moment. <paramref name="Dpu"/> is -1 for the host itself.</summary>
internal sealed record MachineView(
    Host Host, int Dpu, MachineRecord Record, string State, long Booted, IReadOnlyList<HealthProbeAlert> Alerts, bool Odd, long Now);
