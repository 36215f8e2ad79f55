namespace Nico.SiteSimulator.Time;

/// <summary>One state of the controller's machinery on the way from one resting state to the next.</summary>
/// <param name="Phase">Name by which a fault can point at it.</param>
/// <param name="Text">What the machine's state reads meanwhile, with the debug text that real controllers print.</param>
/// <param name="Seconds">Median; infinite = until somebody acts.</param>
/// <param name="Spread">How far a draw may go from the median: 0.2 is 80 % to 120 %.</param>
internal sealed record Step(string Phase, string Text, double Seconds, double Spread = 0.5)
{
    public double Low => Seconds * (1 - Spread);

    public double High => Seconds * (1 + Spread);
}

/// <summary>The ways that machines and instances go (61, section 5).</summary>
internal static class Journeys
{
    public const string Provision = "provision";
    public const string Release = "release";
    public const string RebootWithIpxe = "reboot-ipxe";
    public const string Update = "update";
    public const string Ingest = "ingest";
    public const string IngestUnassigned = "ingest-unassigned";
    public const string Cleanup = "cleanup";
    public const string HostFirmware = "host-firmware";

    // A tenant waits for these, so they keep close to their medians: at speed 60 an instance is up 4 to 6 s after its
    // allocation, and a phone-home adds at most 1.2 s.
    private const double Close = 0.2;

    private const string Bom = "BomValidatingContext { machine_validation_context: Some(\"Discovery\"), reboot_retry_count: None }";

    private static readonly Step[] DpuSteps =
    [
        new("DPUDiscovering", "DPUDiscovering/Initializing", 60),
        new("DPUDiscovering", "DPUDiscovering/Configuring", 40),
        new("DPUDiscovering", "DPUDiscovering/EnableRshim", 20),
        new("DPUDiscovering", "DPUDiscovering/SetUefiHttpBoot", 40),
        new("DPUDiscovering", "DPUDiscovering/RebootAllDPUS", 80),
        new("DPUInitializing", "DPUInitializing/Init", 120),
        new("DPUInitializing", "DPUInitializing/WaitingForPlatformPowercycle { substate: Off }", 180),
        new("DPUInitializing", "DPUInitializing/WaitingForPlatformConfiguration", 180),
        new("DPUInitializing", "DPUInitializing/PollingBiosSetup", 60),
        new("DPUInitializing", "DPUInitializing/WaitingForNetworkConfig", 180),
    ];

    private static readonly Step[] HostSteps =
    [
        new("HostInitializing", "HostInitializing/WaitingForPlatformConfiguration { retry_count: 0 }", 300),
        new("HostInitializing", "HostInitializing/PollingBiosSetup", 120),
        new("HostInitializing", "HostInitializing/SetBootOrder { set_boot_order_info: SetBootOrderInfo { set_boot_order_state: RebootHost } }", 120),
        new("HostInitializing", "HostInitializing/UefiSetup { uefi_setup_info: UefiSetupInfo { uefi_setup_state: WaitForPasswordJobCompletion } }", 120),
        new("HostInitializing", "HostInitializing/WaitingForDiscovery", 150),
        new("HostInitializing", "HostInitializing/Discovered { skip_reboot_wait: false }", 30),
        new("HostInitializing", "HostInitializing/WaitingForLockdown { lockdown_info: LockdownInfo { state: TimeWaitForDPUDown, mode: Enable } }", 60),
    ];

    private static readonly Step MatchingSku = new("BomValidating", $"BomValidating/MatchingSku({Bom})", 20);

    private static readonly Step[] SkuSteps =
    [
        new("BomValidating", $"BomValidating/UpdatingInventory({Bom})", 20),
        new("BomValidating", $"BomValidating/VerifyingSku({Bom})", 20),
    ];

    private static readonly Dictionary<string, Step[]> All = new()
    {
        [Provision] =
        [
            new("Accepted", "Ready", 2, Close),
            new("Init", "Assigned/Init", 3, Close),
            new("LinkNets", "Assigned/WaitingForNetworkSegmentToBeReady", 10, Close),
            new("NetworkConfig", "Assigned/WaitingForNetworkConfig", 20, Close),
            new("Storage", "Assigned/WaitingForStorageConfig", 8, Close),
            new("Services", "Assigned/WaitingForExtensionServicesConfig", 7, Close),
            new("Reboot", "Assigned/WaitingForRebootToReady", 240, Close),
            new("PhoneHome", "Assigned/Ready", 60, Close),
        ],
        [Release] =
        [
            new("Discovery", "Assigned/BootingWithDiscoveryImage { retry: RetryInfo { count: 0 } }", 240, Close),
            new("AdminNetwork", "Assigned/SwitchToAdminNetwork", 20, Close),
            new("NetworkReconfig", "Assigned/WaitingForNetworkReconfig", 20, Close),
        ],
        [RebootWithIpxe] = [new("Ipxe", "Assigned/HostPlatformConfiguration { platform_config_state: UnlockHost }", 300, Close)],
        [Update] =
        [
            new("Updating", "Assigned/BootingWithDiscoveryImage { retry: RetryInfo { count: 0 } }", 240),
            new("Updating", "Assigned/Reprovision/WaitingForNetworkInstall", 840),
            new("Updating", "Assigned/Reprovision/PowerDown", 60),
            new("Updating", "Assigned/Reprovision/WaitingForNetworkConfig", 240),
            new("Updating", "Assigned/Reprovision/RebootHost", 120),
        ],
        [Ingest] =
        [
            new("Created", "Created", 30), .. DpuSteps, .. HostSteps, MatchingSku, .. SkuSteps,
            new("MachineValidation", Validating("Discovery"), 600),
        ],
        [IngestUnassigned] =
        [
            new("Created", "Created", 30), .. DpuSteps, .. HostSteps, MatchingSku,
            new("BomValidating", $"BomValidating/WaitingForSkuAssignment({Bom})", double.PositiveInfinity),
        ],
        [Cleanup] =
        [
            new("Cleanup", "WaitingForCleanup/Init", 10),
            new("Cleanup", "WaitingForCleanup/HostCleanup { boss_controller_id: None }", 350),
            .. SkuSteps,
            new("MachineValidation", Validating("Cleanup"), 180),
        ],
        [HostFirmware] =
        [
            new("HostReprovisioning", "HostReprovisioning/CheckingFirmware", 30),
            new("HostReprovisioning", "HostReprovisioning/WaitingForFirmwareUpgrade { task_id: \"JID_0042\", firmware_type: Uefi }", 1200),
            new("HostReprovisioning", "HostReprovisioning/ResetForNewFirmware { final_version: \"1.7.1\", firmware_type: Uefi }", 570),
        ],
    };

    public static IReadOnlyList<Step> Steps(string journey) => All[journey];

    /// <summary>Every name by which a fault can point at a phase of an instance.</summary>
    public static IEnumerable<string> InstancePhases =>
        new[] { Provision, Release, RebootWithIpxe, Update }.SelectMany(journey => All[journey]).Select(step => step.Phase).Distinct();

    private static string Validating(string context) =>
        $"MachineValidation {{ machine_validation: MachineValidating {{ context: \"{context}\", id: 5d6c1fa0-2f4e-4bd1-9a26-0b8a6f4c1e77, completed: 3, total: 12, is_enabled: true }} }}";
}
