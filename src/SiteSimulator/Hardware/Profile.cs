using Nico.SiteProtocol.MachineDiscovery;

namespace Nico.SiteSimulator.Hardware;

/// <summary>A model of host: what every one of them is made of. Counts and texts as the controller reports them (61, section 7).</summary>
internal sealed record Profile(string Name, int Number)
{
    public required string Vendor { get; init; }

    public required string Product { get; init; }

    public required string Board { get; init; }

    public required string Bios { get; init; }

    /// <summary><c>gpu</c> or <c>cpu</c>.</summary>
    public required string DeviceType { get; init; }

    public bool Arm { get; init; }

    public required CpuModel Cpu { get; init; }

    public GpuModel? Gpu { get; init; }

    public required MemoryModel Memory { get; init; }

    /// <summary>The processors as messages: the same for every host of the model, and most of a machine's size, so made once.</summary>
    public IReadOnlyList<Cpu> Processors => field ??= Discovery.Processors(this);

    public required IReadOnlyList<Parts> Drives { get; init; }

    /// <summary>Ethernet controllers that are no DPU.</summary>
    public IReadOnlyList<Parts> Ethernet { get; init; } = [];

    public int InfinibandPorts { get; init; }

    public DpuModel? Dpu { get; init; }

    /// <summary>How many DPUs a host has.</summary>
    public int Dpus { get; init; }

    /// <summary>How many DPU ports the host's operating system sees as network controllers.</summary>
    public int DpuPorts { get; init; }

    /// <summary>Serial of the chassis from a series of draws.</summary>
    public required Func<Draws, string> Serial { get; init; }

    /// <summary>First letter of a rack's name.</summary>
    public required char Row { get; init; }

    public required int HostsPerRack { get; init; }

    /// <summary>One NVLink domain per rack.</summary>
    public bool NvlinkRack { get; init; }

    /// <summary>Whether the machine's id comes from its TPM certificate; else from its serials.</summary>
    public bool IdFromTpm { get; init; } = true;

    public required string BmcFirmware { get; init; }
}

internal sealed record CpuModel(string Model, string Vendor, int Sockets, int Cores, int Threads, string Frequency);

internal sealed record GpuModel(string Name, int Count, string Frequency, string Memory, string Driver, string Vbios);

internal sealed record MemoryModel(string Type, int Modules, int ModuleMb);

internal sealed record Parts(string Name, int Count, string Vendor = "");

internal sealed record DpuModel(string Port, string Device, string Product, string PartNumber, string Description, string Cores, int CoreCount, int MemoryMb);

internal static class Profiles
{
    private const string Mellanox = "Mellanox Technologies";
    private const string ConnectX7 = "MT2910 Family [ConnectX-7]";

    private static readonly DpuModel BlueField3 = new(
        "MT43244 BlueField-3 integrated ConnectX-7 network controller", "0xa2dc", "BlueField-3 DPU", "900-9D3B6-00CV-A_Ax",
        "NVIDIA BlueField-3 B3220 P-Series FHHL DPU; 200GbE (default mode) / NDR200 IB; Dual-port QSFP112", "Cortex-A78AE", 16, 32768);

    private static readonly DpuModel BlueField2 = new(
        "MT42822 BlueField-2 integrated ConnectX-6 Dx network controller", "0xa2d6", "BlueField-2 DPU", "MBF2H536C-CECO_Ax_Bx",
        "BlueField-2 DPU 100GbE Dual-Port QSFP56; PCIe Gen4 x16", "Cortex-A72", 8, 32768);

    public static readonly Profile Gb200 = new("gb200", 0)
    {
        Vendor = "NVIDIA",
        Product = "GB200 NVL",
        Board = "P4059",
        Bios = "01.04.02",
        DeviceType = "gpu",
        Arm = true,
        Cpu = new("Neoverse-V2", "ARM", 2, 72, 72, "3375 MHz"),
        Gpu = new("NVIDIA GB200", 4, "2062 MHz", "189471 MiB", "580.126.16", "97.00.B9.00.76"),
        Memory = new("LPDDR5", 2, 491520),
        Drives = [new("SAMSUNG MZTL63T8HFLT-00AW7", 9)],
        InfinibandPorts = 4,
        Dpu = BlueField3,
        Dpus = 2,
        DpuPorts = 2,
        Serial = draws => "182100000" + draws.Digits(4),
        Row = 'A',
        HostsPerRack = 18,
        NvlinkRack = true,
        BmcFirmware = "GB200Nvl-25.06-A",
    };

    public static readonly Profile DgxH100 = new("dgx-h100", 1)
    {
        Vendor = "NVIDIA",
        Product = "DGXH100",
        Board = "DGXH100",
        Bios = "1.06.07",
        DeviceType = "gpu",
        Cpu = new("Intel(R) Xeon(R) Platinum 8480CL", "GenuineIntel", 2, 56, 112, "3800 MHz"),
        Gpu = new("NVIDIA H100 80GB HBM3", 8, "1980 MHz", "81559 MiB", "580.126.16", "96.00.A5.00.01"),
        Memory = new("DDR5", 32, 65536),
        Drives = [new("KCM6DRUL3T84", 8), new("Micron_7450_MTFDKBG1T9TFR", 2)],
        Ethernet = [new(ConnectX7, 2, Mellanox), new("Ethernet Controller X550", 1, "Intel Corporation")],
        InfinibandPorts = 8,
        Dpu = BlueField3,
        Dpus = 2,
        DpuPorts = 2,
        Serial = draws => "166322300" + draws.Digits(4),
        Row = 'B',
        HostsPerRack = 4,
        BmcFirmware = "24.09.17",
    };

    public static readonly Profile DgxB200 = new("dgx-b200", 2)
    {
        Vendor = "NVIDIA",
        Product = "DGXB200",
        Board = "DGXB200",
        Bios = "1.4.6",
        DeviceType = "gpu",
        Cpu = new("INTEL(R) XEON(R) PLATINUM 8570", "GenuineIntel", 2, 56, 112, "4000 MHz"),
        Gpu = new("NVIDIA B200", 8, "1965 MHz", "183359 MiB", "580.126.16", "97.00.8A.00.01"),
        Memory = new("DDR5", 32, 65536),
        Drives = [new("SAMSUNG MZWLO3T8HCLS-00A07", 8), new("SAMSUNG MZ1L21T9HCLS-00A07", 2)],
        Ethernet = [new(ConnectX7, 2, Mellanox), new("Ethernet Controller X550", 1, "Intel Corporation")],
        InfinibandPorts = 8,
        Dpu = BlueField3,
        Dpus = 2,
        DpuPorts = 2,
        Serial = draws => "166425400" + draws.Digits(4),
        Row = 'E',
        HostsPerRack = 4,
        BmcFirmware = "25.02.12",
    };

    public static readonly Profile R750 = new("r750", 3)
    {
        Vendor = "Dell Inc.",
        Product = "PowerEdge R750",
        Board = "0J1R5F",
        Bios = "1.15.2",
        DeviceType = "cpu",
        Cpu = new("Intel(R) Xeon(R) Gold 6354 CPU @ 3.00GHz", "GenuineIntel", 2, 18, 36, "3600 MHz"),
        Memory = new("DDR4", 16, 32768),
        Drives = [new("Dell Ent NVMe v2 AGN RI U.2 1.92TB", 2)],
        Ethernet = [new("BCM57414 NetXtreme-E 10Gb/25Gb RDMA Ethernet Controller", 2, "Broadcom Inc. and subsidiaries")],
        Dpu = BlueField2,
        Dpus = 1,
        DpuPorts = 2,
        Serial = draws => draws.Letters(7),
        Row = 'C',
        HostsPerRack = 16,
        BmcFirmware = "7.10.30.00",
    };

    public static readonly Profile H100Nvl = new("h100-nvl", 4)
    {
        Vendor = "Supermicro",
        Product = "AS-5126GS-TNRT",
        Board = "H14DSG-OD",
        Bios = "1.3",
        DeviceType = "gpu",
        Cpu = new("AMD EPYC 9474F 48-Core Processor", "AuthenticAMD", 2, 48, 96, "4100 MHz"),
        Gpu = new("NVIDIA H100 NVL", 8, "1785 MHz", "95830 MiB", "580.126.16", "96.00.AD.00.02"),
        Memory = new("DDR5", 24, 65536),
        Drives = [new("SAMSUNG MZQL23T8HCLS-00A07", 4)],
        Ethernet = [new(ConnectX7, 2, Mellanox)],
        Serial = draws => "S9" + draws.Digits(8) + draws.Letters(5),
        Row = 'D',
        HostsPerRack = 4,
        IdFromTpm = false,
        BmcFirmware = "01.04.11",
    };

    public static readonly IReadOnlyList<Profile> All = [Gb200, DgxH100, DgxB200, R750, H100Nvl];
}
