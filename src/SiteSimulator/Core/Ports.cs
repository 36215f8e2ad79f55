using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator.Hardware;
using Nico.SiteSimulator.Rules;
using Nico.SiteSimulator.State;

namespace Nico.SiteSimulator.Core;

/// <summary>The network interfaces of an instance: which ones its configuration may ask for, and what each is given.</summary>
internal sealed class Ports(Controller site)
{
    private const uint LastVirtualFunction = 16;

    /// <summary>Checks a configuration and finds a MAC and addresses for each interface. Nothing is taken yet: see <see cref="Mark"/>.</summary>
    /// <param name="before">The configuration in force with its ports; an interface that stays keeps what it has.</param>
    public IReadOnlyList<PortRecord> Plan(
        InstanceNetworkConfig network, Host host, string tenant, (InstanceNetworkConfig Config, IReadOnlyList<PortRecord> Ports)? before = null)
    {
        if (network.Auto)
        {
            if (network.Interfaces.Count > 0)
            {
                throw Refuse.Invalid("network.interfaces must be empty with network.auto");
            }

            return host.Profile.Dpus == 0 ? [] : throw Refuse.Invalid($"network.auto is for hosts without DPU, machine {host.Id} has one");
        }

        if (network.Interfaces.Count == 0)
        {
            throw Refuse.Invalid("an instance needs at least one network interface");
        }

        if (host.Profile.Dpus == 0)
        {
            throw Refuse.Invalid($"machine {host.Id} has no DPU: only network.auto is possible");
        }

        var kept = before is { } old ? Kept(network, old.Config, old.Ports) : new PortRecord?[network.Interfaces.Count];
        var named = network.Interfaces.Zip(kept)
            .Where(pair => pair.First.HasVirtualFunctionId || pair.Second is { HasVirtualFunction: true })
            .Select(pair => (pair.First.Device, pair.First.DeviceInstance,
                (uint?)(pair.Second?.VirtualFunction ?? pair.First.VirtualFunctionId)))
            .ToHashSet();
        var ports = new List<PortRecord>();
        var functions = new HashSet<(string, uint, uint?)>();
        var taken = new HashSet<(string Network, UInt128 Address)>();
        foreach (var (wanted, stays) in network.Interfaces.Zip(kept))
        {
            CheckDevice(wanted, host);
            var physical = wanted.FunctionType == InterfaceFunctionType.PhysicalFunction;
            var function = physical ? default(uint?) : stays?.VirtualFunction ?? Function(wanted, named, functions);
            if (!functions.Add((wanted.Device, wanted.DeviceInstance, function)))
            {
                throw Refuse.Invalid($"duplicate interface: {wanted.FunctionType} {function} of device {wanted.Device} {wanted.DeviceInstance}");
            }

            if (stays is not null)
            {
                ports.Add(stays.Clone());
                continue;
            }

            var dpu = Math.Min((int)wanted.DeviceInstance, host.Profile.Dpus - 1);
            var port = new PortRecord
            {
                Mac = physical
                    ? site.World.DpuMac(host, dpu, wanted.DeviceInstance == dpu ? 0 : 3)
                    : site.World.VirtualFunctionMac(host, (int)wanted.DeviceInstance, function!.Value),
            };
            if (function is { } number)
            {
                port.VirtualFunction = number;
            }

            Address(port, wanted, tenant, taken);
            ports.Add(port);
        }

        foreach (var device in network.Interfaces.GroupBy(wanted => (wanted.Device, wanted.DeviceInstance)))
        {
            if (!device.Any(wanted => wanted.FunctionType == InterfaceFunctionType.PhysicalFunction) && device.Key.Device.Length == 0)
            {
                throw Refuse.Invalid("the physical function is missing among the interfaces");
            }
        }

        return ports;
    }

    /// <summary>Marks the addresses of ports as used or free.</summary>
    public void Mark(InstanceNetworkConfig network, IReadOnlyList<PortRecord> ports, bool used)
    {
        for (var i = 0; i < Math.Min(ports.Count, network.Interfaces.Count); i++)
        {
            foreach (var address in ports[i].Addresses)
            {
                if (network.Interfaces[i].VpcPrefixId is { } prefix)
                {
                    site.Prefixes.Mark(prefix.Value, address, used);
                }
                else
                {
                    site.Segments.Mark(Segment(network.Interfaces[i]), address, used);
                }
            }
        }
    }

    /// <summary>The VPCs to which a configuration attaches.</summary>
    public IEnumerable<string> Vpcs(InstanceNetworkConfig network) => network.Interfaces.Select(wanted => wanted.VpcPrefixId is { } prefix
        ? site.State.Prefixes.Find(prefix.Value)?.Vpc
        : site.State.Segments.Find(Segment(wanted))?.Vpc).OfType<string>();

    public bool WaitsForNetwork(InstanceNetworkConfig network) => network.Interfaces.Any(wanted => wanted.VpcPrefixId is not null)
        || Unready(network) is not null;

    /// <summary>A segment of the configuration that is not provisioned yet.</summary>
    public SegmentRecord? Unready(InstanceNetworkConfig network) => network.Interfaces
        .Where(wanted => wanted.VpcPrefixId is null)
        .Select(wanted => site.State.Segments.Find(Segment(wanted)))
        .FirstOrDefault(segment => segment is { State: TenantState.Provisioning });

    /// <summary>The same ids in their usual spelling, and the segment in both its places, as the controller keeps them.</summary>
    public static InstanceNetworkConfig Normal(InstanceNetworkConfig? network)
    {
        var normal = network?.Clone() ?? new InstanceNetworkConfig();
        foreach (var wanted in normal.Interfaces)
        {
            if (!System.Enum.IsDefined(wanted.FunctionType))
            {
                throw Refuse.Invalid($"function_type {(int)wanted.FunctionType} is unknown");
            }

            if (wanted.VpcPrefixId is { } prefix)
            {
                prefix.Value = Checks.Uuid(prefix.Value, "vpc_prefix_id");
                continue;
            }

            var both = wanted.NetworkSegmentId is { Value.Length: > 0 } old && wanted.SegmentId is { } current && old.Value != current.Value;
            if (both)
            {
                throw Refuse.Invalid("network_segment_id and segment_id differ");
            }

            var id = Checks.Uuid(wanted.SegmentId?.Value ?? wanted.NetworkSegmentId?.Value, "network_details");
            wanted.SegmentId = new NetworkSegmentId { Value = id };
            wanted.NetworkSegmentId = new NetworkSegmentId { Value = id };
        }

        return normal;
    }

    private static string Segment(InstanceInterfaceConfig wanted) => wanted.SegmentId?.Value ?? "";

    private static void CheckDevice(InstanceInterfaceConfig wanted, Host host)
    {
        var model = host.Profile.Dpu!.Port;
        if (!wanted.HasDevice ? wanted.DeviceInstance != 0 : wanted.Device != model || wanted.DeviceInstance >= host.Profile.DpuPorts)
        {
            throw Refuse.Invalid($"machine {host.Id} has no device {wanted.Device} with instance {wanted.DeviceInstance}");
        }
    }

    private static uint Function(
        InstanceInterfaceConfig wanted, HashSet<(string, uint, uint?)> named, HashSet<(string, uint, uint?)> functions)
    {
        if (wanted.HasVirtualFunctionId)
        {
            return wanted.VirtualFunctionId <= LastVirtualFunction
                ? wanted.VirtualFunctionId
                : throw Refuse.Invalid($"virtual function {wanted.VirtualFunctionId} is not from 0 to {LastVirtualFunction}");
        }

        for (uint function = 1; function <= LastVirtualFunction; function++)
        {
            if (!named.Contains((wanted.Device, wanted.DeviceInstance, function)) && !functions.Contains((wanted.Device, wanted.DeviceInstance, function)))
            {
                return function;
            }
        }

        throw Refuse.Invalid($"more than {LastVirtualFunction} virtual functions");
    }

    // An interface is the same one when it is the same function on the same network; a requested address that is the one in use is no change.
    private static PortRecord?[] Kept(InstanceNetworkConfig network, InstanceNetworkConfig before, IReadOnlyList<PortRecord> ports)
    {
        var used = new HashSet<int>();
        return [.. network.Interfaces.Select(wanted =>
        {
            for (var i = 0; i < Math.Min(ports.Count, before.Interfaces.Count); i++)
            {
                var old = before.Interfaces[i];
                if (old.FunctionType == wanted.FunctionType
                    && (!wanted.HasVirtualFunctionId || ports[i].VirtualFunction == wanted.VirtualFunctionId)
                    && old.Device == wanted.Device
                    && old.DeviceInstance == wanted.DeviceInstance
                    && Equals(old.VpcPrefixId, wanted.VpcPrefixId)
                    && Segment(old) == Segment(wanted)
                    && (wanted.IpAddress.Length == 0 || ports[i].Addresses.Contains(wanted.IpAddress))
                    && used.Add(i))
                {
                    return ports[i];
                }
            }

            return null;
        })];
    }

    private void Address(PortRecord port, InstanceInterfaceConfig wanted, string tenant, HashSet<(string Network, UInt128 Address)> taken)
    {
        if (wanted.VpcPrefixId is { } prefixId)
        {
            var prefix = site.Prefixes.Find(prefixId.Value)
                ?? throw Refuse.Internal($"Database Error: no rows returned by a query that expected to return at least one row: vpc prefix {prefixId.Value}");
            CheckOwner(prefix.Vpc, tenant);
            var (gateway, linknet) = site.Prefixes.Claim(prefix, wanted.IpAddress, taken);
            port.Addresses.Add(Cidr.ToAddress(gateway + 1, linknet.V6).ToString());
            port.Gateways.Add($"{Cidr.ToAddress(gateway, linknet.V6)}/{linknet.Length}");
            port.Prefixes.Add(linknet.ToString());
            return;
        }

        if (wanted.IpAddress.Length > 0)
        {
            throw Refuse.Invalid("an address can be requested on a VPC prefix only");
        }

        var segment = site.Segments.Find(Segment(wanted));
        if (segment is null || segment.State == TenantState.Terminating)
        {
            throw Refuse.Invalid($"network segment {Segment(wanted)} does not exist or is being deleted");
        }

        CheckOwner(segment.Vpc, tenant);
        foreach (var (address, cidr, gateway) in site.Segments.Claim(segment, taken))
        {
            port.Addresses.Add(Cidr.ToAddress(address, cidr.V6).ToString());
            port.Prefixes.Add(cidr.ToString());
            if (gateway.Length > 0)
            {
                port.Gateways.Add(gateway);
            }
        }
    }

    private void CheckOwner(string vpcId, string tenant)
    {
        if (site.Vpcs.Find(vpcId)?.Tenant != tenant)
        {
            throw Refuse.Invalid($"VPC {vpcId} does not exist or is not owned by tenant {tenant}");
        }
    }
}
