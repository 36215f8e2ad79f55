using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.MachineDiscovery;

namespace Nico.SiteSimulator.Hardware;

/// <summary>What a host's discovery image finds in it, and what the controller makes of that.</summary>
internal static class Discovery
{
    /// <summary>Full inventory of a host.</summary>
    public static DiscoveryInfo Of(World world, Host host)
    {
        var profile = host.Profile;
        var draws = world.Seed.Draws("parts " + host.Key);
        var serial = World.Serial(world.Seed, profile, host.Index);
        var found = new DiscoveryInfo
        {
            MachineType = profile.Arm ? "aarch64" : "x86_64",
            MachineArch = profile.Arm ? CpuArchitecture.Aarch64 : CpuArchitecture.X8664,
            DmiData = new()
            {
                BoardName = profile.Board,
                BoardVersion = "A00",
                BiosVersion = profile.Bios,
                BiosDate = "04/30/2025",
                ProductSerial = serial,
                BoardSerial = serial + "B",
                ChassisSerial = serial,
                ProductName = profile.Product,
                SysVendor = profile.Vendor,
            },
            TpmDescription = new() { Vendor = "IFX", FirmwareVersion = "15.23", TpmSpec = "2.0" },
            TpmEkCertificate = Convert.ToBase64String(world.EndorsementKey(host)),
        };

        found.CpuInfo.Add(new CpuInfo
        {
            Model = profile.Cpu.Model,
            Vendor = profile.Cpu.Vendor,
            Sockets = (uint)profile.Cpu.Sockets,
            Cores = (uint)profile.Cpu.Cores,
            Threads = (uint)profile.Cpu.Threads,
        });
#pragma warning disable CS0612 // Today's controllers still send the old list of single processors next to the new one.
        found.Cpus.AddRange(profile.Processors);
#pragma warning restore CS0612
        for (var module = 0; module < profile.Memory.Modules; module++)
        {
            found.MemoryDevices.Add(new MemoryDevice { MemType = profile.Memory.Type, SizeMb = (uint)profile.Memory.ModuleMb });
        }

        foreach (var drive in profile.Drives)
        {
            for (var i = 0; i < drive.Count; i++)
            {
                found.NvmeDevices.Add(new NvmeDevice { Model = drive.Name, FirmwareRev = "GDC7302Q", Serial = "S" + draws.Letters(13) });
            }
        }

        if (profile.Gpu is { } gpu)
        {
            Gpus(found, world, host, gpu, ref draws);
        }

        var function = 0;
        for (var port = 0; port < profile.DpuPorts; port++)
        {
            var dpu = Math.Min(port, profile.Dpus - 1);
            found.NetworkInterfaces.Add(new NetworkInterface
            {
                MacAddress = world.DpuMac(host, dpu, port - dpu == 0 ? 0 : 3),
                PciProperties = Pci("Mellanox Technologies", profile.Dpu!.Device, profile.Dpu.Port, function++),
            });
        }

        var ethernet = 0;
        foreach (var card in profile.Ethernet)
        {
            for (var i = 0; i < card.Count; i++)
            {
                found.NetworkInterfaces.Add(new NetworkInterface
                {
                    MacAddress = world.EthernetMac(host, ethernet++),
                    PciProperties = Pci(card.Vendor, "0x1021", card.Name, function++),
                });
            }
        }

        for (var port = 0; port < profile.InfinibandPorts; port++)
        {
            found.InfinibandInterfaces.Add(new InfinibandInterface
            {
                Guid = world.InfinibandGuid(host, port),
                PciProperties = Pci("Mellanox Technologies", "0x1021", "MT2910 Family [ConnectX-7]", function++),
            });
        }

        return found;
    }

    /// <summary>Inventory of a BlueField DPU, as it reports itself.</summary>
    public static DiscoveryInfo OfDpu(World world, Host host, int dpu)
    {
        var model = host.Profile.Dpu!;
        var draws = world.Seed.Draws($"parts {host.Key}/dpu/{dpu}");
        var serial = $"MT2331X{draws.Letters(5)}";
        var found = new DiscoveryInfo
        {
            MachineType = "aarch64",
            MachineArch = CpuArchitecture.Aarch64,
            DmiData = new()
            {
                BoardName = model.Product,
                BoardVersion = "Unspecified System Version",
                BiosVersion = "4.9.3-13551",
                BiosDate = "Mar  4 2025",
                ProductSerial = serial,
                BoardSerial = "Unspecified Base Board Serial Number",
                ChassisSerial = "Unspecified Chassis Board Serial Number",
                ProductName = model.Product,
                SysVendor = "https://www.mellanox.com",
            },
            TpmEkCertificate = Convert.ToBase64String(world.DpuEndorsementKey(host, dpu)),
            DpuInfo = new()
            {
                PartNumber = model.PartNumber,
                PartDescription = model.Description,
                ProductVersion = "2.9.2",
                FactoryMacAddress = world.DpuMac(host, dpu, 0),
                FirmwareVersion = "32.43.2566",
                FirmwareDate = "17.3.2025",
            },
        };
        found.CpuInfo.Add(new CpuInfo { Model = model.Cores, Vendor = "ARM", Sockets = 1, Cores = (uint)model.CoreCount, Threads = (uint)model.CoreCount });
        found.MemoryDevices.Add(new MemoryDevice { MemType = "DDR5", SizeMb = (uint)model.MemoryMb });
        found.BlockDevices.Add(new BlockDevice { Model = "NO_MODEL", Revision = "NO_REVISION", Serial = draws.Letters(10), DeviceType = "disk" });
        for (var port = 0; port < 2; port++)
        {
            found.NetworkInterfaces.Add(new NetworkInterface
            {
                MacAddress = world.DpuMac(host, dpu, port == 0 ? 0 : 1),
                PciProperties = Pci("Mellanox Technologies", model.Device, model.Port, port),
            });
            found.DpuInfo.Switches.Add(new LldpSwitchData
            {
                Name = $"{host.Rack.ToLowerInvariant()}-tor{port + 1}",
                Id = $"mac={world.Seed.Number($"tor {host.Rack}/{port}") & 0xffffffffffff:x12}",
                Description = "Cumulus Linux version 5.11.1 running on Mellanox Technologies Ltd. MSN5600",
                LocalPort = $"p{port}",
                RemotePort = $"ifname=swp{host.Slot * host.Profile.Dpus + dpu + 1}s{port}",
                IpAddress = { $"11.192.{host.RackNumber & 255}.{port + 1}" },
            });
        }

        return found;
    }

    /// <summary>Groups what was found into capabilities as the controller does (60, section 8.13). <paramref name="attached"/>: the MACs
    /// of interfaces behind which a DPU sits. <paramref name="inactive"/>: positions of InfiniBand ports without link.</summary>
    public static MachineCapabilitiesSet Capabilities(DiscoveryInfo found, IReadOnlySet<string> attached, int dpus, IEnumerable<uint> inactive)
    {
        var set = new MachineCapabilitiesSet();
        set.Cpu.AddRange(found.CpuInfo.Select(cpu => new MachineCapabilityAttributesCpu
        {
            Name = cpu.Model,
            Count = cpu.Sockets,
            Vendor = cpu.Vendor,
            Cores = cpu.Cores,
            Threads = cpu.Threads,
        }));
        set.Gpu.AddRange(Grouped(found.Gpus, gpu => gpu.Name).Select(group =>
        {
            var first = group.First();
            return new MachineCapabilityAttributesGpu
            {
                Name = group.Key,
                Count = (uint)group.Count(),
                Vendor = "NVIDIA",
                Frequency = first.Frequency,
                Capacity = first.TotalMemory,
                DeviceType = found.DmiData.ProductName.Contains("GB200", StringComparison.Ordinal)
                    ? MachineCapabilityDeviceType.Nvlink
                    : MachineCapabilityDeviceType.Unknown,
            };
        }));
        set.Memory.AddRange(Grouped(found.MemoryDevices, module => module.MemType).Select(group => new MachineCapabilityAttributesMemory
        {
            Name = group.Key,
            Count = 1,
            Capacity = $"{group.Sum(module => module.SizeMb)} MB",
        }));
        set.Storage.AddRange(Grouped(found.NvmeDevices, drive => drive.Model).Select(group => new MachineCapabilityAttributesStorage
        {
            Name = group.Key,
            Count = (uint)group.Count(),
        }));
        set.Network.AddRange(Grouped(found.NetworkInterfaces, port => port.PciProperties.Description).Select(group => new MachineCapabilityAttributesNetwork
        {
            Name = group.Key,
            Count = (uint)group.Count(),
            Vendor = group.First().PciProperties.Vendor,
            DeviceType = group.Any(port => attached.Contains(port.MacAddress))
                ? MachineCapabilityDeviceType.Dpu
                : MachineCapabilityDeviceType.Unknown,
        }));
        set.Infiniband.AddRange(Grouped(found.InfinibandInterfaces, port => port.PciProperties.Description).Select(group => new MachineCapabilityAttributesInfiniband
        {
            Name = group.Key,
            Count = (uint)group.Count(),
            Vendor = group.First().PciProperties.Vendor,
            InactiveDevices = { inactive },
        }));
        if (dpus > 0)
        {
            set.Dpu.Add(new MachineCapabilityAttributesDpu { Name = "DPU", Count = (uint)dpus });
        }

        return set;
    }

    private static IOrderedEnumerable<IGrouping<string, T>> Grouped<T>(IEnumerable<T> parts, Func<T, string> name) =>
        parts.GroupBy(name).OrderBy(group => group.Key, StringComparer.Ordinal);

    /// <summary>One entry per thread.</summary>
    public static IReadOnlyList<Cpu> Processors(Profile profile) =>
        [.. Enumerable.Range(0, profile.Cpu.Sockets * profile.Cpu.Threads).Select(thread =>
        {
            var cpu = profile.Cpu;
            var socket = thread / cpu.Cores % cpu.Sockets;
            return new Cpu
            {
                Vendor = cpu.Vendor,
                Model = cpu.Model,
                Frequency = cpu.Frequency,
                Number = (uint)thread,
                Core = (uint)(thread % cpu.Cores),
                Node = socket,
                Socket = (uint)socket,
            };
        })];

    private static void Gpus(DiscoveryInfo found, World world, Host host, GpuModel model, ref Draws draws)
    {
        for (var i = 0; i < model.Count; i++)
        {
            var gpu = new Gpu
            {
                Name = model.Name,
                Serial = "165" + draws.Digits(10),
                DriverVersion = model.Driver,
                VbiosVersion = model.Vbios,
                InforomVersion = "G520.0200.00.05",
                TotalMemory = model.Memory,
                Frequency = model.Frequency,
                PciBusId = $"{(host.Profile.NvlinkRack ? i * 8 + 8 : 0):X8}:{(host.Profile.NvlinkRack ? 1 : 0x1b + i * 0x20):X2}:00.0",
            };
            if (host.Profile.NvlinkRack)
            {
                gpu.PlatformInfo = new GpuPlatformInfo
                {
                    ChassisSerial = $"182{world.Seed.Draws("chassis " + host.Rack).Digits(10)}",
                    SlotNumber = (uint)host.Slot + 1,
                    TrayIndex = (uint)host.Slot,
                    HostId = 1,
                    ModuleId = (uint)i + 1,
                    FabricGuid = $"0x{world.NvlinkGuid(host, i):x16}",
                };
            }

            found.Gpus.Add(gpu);
        }
    }

    private static PciDeviceProperties Pci(string vendor, string device, string description, int function)
    {
        var bus = 0x0a + function * 0x10;
        var slot = $"{bus >> 8:x4}:{bus & 255:x2}:00.0";
        return new PciDeviceProperties
        {
            Vendor = vendor,
            Device = device,
            Path = $"/devices/pci{bus >> 8:x4}:{(bus & 255) - 1:x2}/{bus >> 8:x4}:{(bus & 255) - 1:x2}:01.0/{slot}/net/eth{function}",
            NumaNode = function % 2,
            Description = description,
            Slot = slot,
        };
    }
}
