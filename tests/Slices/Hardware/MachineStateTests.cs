using Google.Protobuf.WellKnownTypes;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Health;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>What a site says of a machine and what becomes of it: spec/41-machine.md, sections 3.4, 3.5 and 15.5; spec/60-site-link.md, section 14.3.</summary>
public sealed class MachineStateTests(TestHost host)
{
    private readonly HardwareWorld _world = new(host);

    [Theory]
    [InlineData("", "Unknown", false)]
    [InlineData("  ", "Unknown", false)]
    [InlineData("Created", "Initializing", true)]
    [InlineData("HostInitializing/Discovered { skip_reboot_wait: false }", "Initializing", true)]
    [InlineData("HostReprovisioning/CheckingFirmware", "Initializing", true)]
    [InlineData("DPUDiscovering/Initializing", "Initializing", true)]
    [InlineData("DPUInitializing/Init", "Initializing", true)]
    [InlineData("Reprovisioning/BootBack", "Initializing", true)]
    [InlineData("WaitingForCleanup/HostCleanup { boss_controller_id: None }", "Decommissioned", false)]
    [InlineData("Measuring/WaitingForMeasurements", "Initializing", true)]
    [InlineData("Measuring/PendingBundle", "Initializing", true)]
    [InlineData("Measuring/Else", "Initializing", true)]
    [InlineData("PostAssignedMeasuring/WaitingForMeasurements", "Initializing", true)]
    [InlineData("BomValidating/SkuVerificationFailed", "Error", false)]
    [InlineData("BomValidating/SkuVerificationFailed(BomValidatingContext { machine: 1 })", "Error", false)]
    [InlineData("BomValidating/MatchingSku(BomValidatingContext { })", "Initializing", true)]
    [InlineData("BomValidating/UpdatingInventory", "Initializing", true)]
    [InlineData("BomValidating/VerifyingSku", "Initializing", true)]
    [InlineData("BomValidating/WaitingForSkuAssignment", "Initializing", true)]
    [InlineData("BomValidating/SkuMissing", "Initializing", true)]
    [InlineData("MachineValidation { machine_validation: Started }", "Initializing", true)]
    // An instance that Nico does not have: nobody else can be given the machine.
    [InlineData("Assigned/Ready", "InUse", false)]
    [InlineData("Assigned/Reprovision/WaitingForNetworkConfig", "InUse", false)]
    [InlineData("Ready", "Ready", true)]
    [InlineData(" Ready ", "Ready", true)]
    [InlineData("ForceDeletion", "Decommissioned", false)]
    [InlineData("Failed/MeasurementsFailedSignatureCheck", "Error", false)]
    [InlineData("Failed/MeasurementsRetired", "Error", false)]
    [InlineData("Failed/MeasurementsRevoked", "Error", false)]
    [InlineData("Failed/MachineValidation", "Error", false)]
    [InlineData("Failed/NVMECleanFailed { err: \"x\" }", "Error", false)]
    [InlineData("Missing", "Error", false)]
    [InlineData("Dreaming", "Unknown", false)]
    public async Task A_state_means_a_status(string state, string status, bool usable)
    {
        var machine = await Reported(_world.Machine(state));
        Assert.Equal(status, machine["status"].Text());
        Assert.Equal(usable, machine["isUsableByTenant"].Flag());
        var entry = Assert.Single(machine["statusHistory"]!.AsArray())!;
        Assert.Equal(status, entry["status"].Text());
        Assert.NotEmpty(entry["message"].Text());
    }

    [Fact]
    public async Task A_failure_names_what_failed()
    {
        var machine = await Reported(_world.Machine("Failed/NVMECleanFailed { err: 7 }"));
        Assert.Contains("NVMECleanFailed", machine["statusHistory"]![0]!["message"].Text());
    }

    [Theory]
    [InlineData("Ready", "Error", false)]
    [InlineData("Assigned/Ready", "Error", false)]
    public async Task An_alert_that_prevents_allocations_is_an_error(string state, string status, bool usable)
    {
        var machine = await Reported(_world.Machine(state, m => m.Health.Alerts.Add(Preventing("Probe", null))));
        Assert.Equal(status, machine["status"].Text());
        Assert.Equal(usable, machine["isUsableByTenant"].Flag());
    }

    [Fact]
    public async Task A_DPU_firmware_update_comes_before_its_alert_but_does_not_make_usable()
    {
        var updating = await Reported(_world.Machine("Ready", m => m.Health.Alerts.Add(Preventing("HostUpdateInProgress", "DpuFirmware"))));
        Assert.Equal("Initializing", updating["status"].Text());
        Assert.False(updating["isUsableByTenant"].Flag());
        var other = await Reported(_world.Machine("Ready", m => m.Health.Alerts.Add(Preventing("HostUpdateInProgress", "HostFirmware"))));
        Assert.Equal("Error", other["status"].Text());
    }

    [Fact]
    public async Task A_degraded_machine_in_use_stays_usable()
    {
        var inUse = await Reported(_world.Machine("Assigned/Ready", m =>
        {
            m.Health.Alerts.Add(Preventing("Probe", null));
            m.Health.Alerts.Add(new HealthProbeAlert { Id = "Maintenance", Target = "Degraded" });
        }));
        Assert.Equal("Error", inUse["status"].Text());
        Assert.True(inUse["isUsableByTenant"].Flag());
        var free = await Reported(_world.Machine("Ready", m => m.Health.Alerts.Add(new HealthProbeAlert { Id = "Maintenance", Target = "Degraded" })));
        Assert.Equal("Ready", free["status"].Text());
        Assert.True(free["isUsableByTenant"].Flag());
    }

    [Fact]
    public async Task Maintenance_wins_over_everything_but_silence_and_ends_with_its_message()
    {
        var reported = _world.Machine("Failed/Discovery", m =>
        {
            m.Health.Alerts.Add(Preventing("Maintenance", null));
            m.MaintenanceStartTime = Timestamp.FromDateTime(DateTime.UtcNow);
            m.MaintenanceReference = "ticket 4711";
        });
        var (provider, site, machine) = await Report(reported);
        Assert.Equal("Maintenance", machine["status"].Text());
        Assert.Equal("ticket 4711", machine["maintenanceMessage"].Text());
        Assert.Contains("ticket 4711", machine["statusHistory"]![0]!["message"].Text());
        Assert.False(machine["isUsableByTenant"].Flag());

        reported.State = "";
        await _world.Round(site, [reported]);
        Assert.Equal("Unknown", (await provider.Get($"machine/{reported.Id.Id}")).Is(200)["status"].Text());

        reported.State = "Ready";
        reported.MaintenanceStartTime = null;
        reported.ClearMaintenanceReference();
        reported.Health.Alerts.Clear();
        await _world.Round(site, [reported]);
        var after = (await provider.Get($"machine/{reported.Id.Id}")).Is(200);
        Assert.Equal("Ready", after["status"].Text());
        Assert.Null(after["maintenanceMessage"]);
        Assert.Equal(["Ready", "Unknown", "Maintenance"], after["statusHistory"]!.AsArray().Select(entry => entry!["status"].Text()));
    }

    private static HealthProbeAlert Preventing(string id, string? target)
    {
        var alert = new HealthProbeAlert { Id = id, Message = "no", Classifications = { "PreventAllocations" } };
        if (target is not null)
        {
            alert.Target = target;
        }

        return alert;
    }

    private async Task<System.Text.Json.Nodes.JsonNode> Reported(Machine machine) => (await Report(machine)).Machine;

    private async Task<(ApiClient Provider, Guid Site, System.Text.Json.Nodes.JsonNode Machine)> Report(Machine machine)
    {
        var (provider, _) = await host.Provider();
        var site = await HardwareWorld.Site(provider);
        await _world.Round(site, [machine]);
        return (provider, site, (await provider.Get($"machine/{machine.Id.Id}")).Is(200));
    }
}
