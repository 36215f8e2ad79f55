using System.Net;
using System.Net.Sockets;
using FluentValidation.Results;
using Nico.Hardware.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.Instances;

/// <summary>A wish for an interface.</summary>
public sealed record InterfaceCreateRequest
{
    /// <summary>A subnet of the instance's VPC. Either this or a VPC prefix.</summary>
    public Guid? SubnetId { get; init; }

    /// <summary>A VPC prefix of the instance's VPC, or of one of its secondary VPCs. Either this or a subnet.</summary>
    public Guid? VpcPrefixId { get; init; }

    /// <summary>An odd address of the VPC prefix.</summary>
    public string? IpAddress { get; init; }

    /// <summary>True for the device's own (physical) function. Without any, the first interface that names no device is physical.</summary>
    public bool? IsPhysical { get; init; }

    /// <summary>Model name of a DPU of the machine; goes with a device instance and a VPC prefix.</summary>
    public string? Device { get; init; }

    /// <summary>Which of the machine's DPUs of that name, from 0; goes with a device.</summary>
    public int? DeviceInstance { get; init; }

    /// <summary>Which virtual function, 1 to 16; required on a named device that is not physical.</summary>
    public int? VirtualFunctionId { get; init; }
}

/// <summary>The interfaces of an instance: what is wrong with a wish, and what becomes of it. Source: spec/30-instance.md, sections 3.2 to 3.4 and 3.11.</summary>
internal static class NetworkPlan
{
    /// <summary>Interfaces that an instance may have.</summary>
    public const int Most = 16;

    /// <summary>The wishes for a new instance: as many as there may be, and their shape.</summary>
    public static IEnumerable<ValidationFailure> Shape(IReadOnlyList<InterfaceCreateRequest>? wishes, bool autoNetwork) =>
        autoNetwork && wishes is { Count: > 0 } ? [new ValidationFailure("interfaces", "does not go with autoNetwork")]
        : !autoNetwork && wishes is null or { Count: 0 or > Most } ? [new ValidationFailure("interfaces", $"must have 1 to {Most} entries")]
        : Shape(wishes ?? []);

    /// <summary>The shape of the wishes, each wrong field under its name.</summary>
    public static IEnumerable<ValidationFailure> Shape(IReadOnlyList<InterfaceCreateRequest> wishes)
    {
        for (var i = 0; i < wishes.Count; i++)
        {
            foreach (var (field, message) in Shape(wishes[i]))
            {
                yield return new ValidationFailure($"interfaces[{i}].{field}", message);
            }
        }

        if (wishes.Count == 0 || wishes.Any(wish => wish is null))
        {
            yield break;
        }

        if (wishes.Select(wish => wish.SubnetId is null).Distinct().Count() > 1)
        {
            yield return new ValidationFailure("__all__", "interfaces must be all on subnets or all on VPC prefixes");
        }

        if (wishes.Select(wish => wish.Device is null).Distinct().Count() > 1)
        {
            yield return new ValidationFailure("__all__", "either all interfaces name a device or none does");
        }
        else if (wishes[0].Device is null && wishes.Count(wish => wish.IsPhysical is true) > 1)
        {
            yield return new ValidationFailure("interface", "only one interface may be physical when no devices are named");
        }
    }

    /// <summary>
    /// The interfaces that the wishes become in the primary VPC and the listed secondary ones; the networks cannot be deleted while the
    /// transaction lasts. 400 for whatever does not fit.
    /// </summary>
    public static async Task<IReadOnlyList<InterfaceRow>> Resolve(
        IReadOnlyList<InterfaceCreateRequest> wishes,
        VpcRef vpc,
        IReadOnlyCollection<Guid> secondaryVpcIds,
        Guid tenantId,
        Guid instanceId,
        INetworks networks,
        DateTime now,
        CancellationToken ct)
    {
        if (vpc.NetworkVirtualizationType == NetworkVirtualizationType.FLAT && wishes.Count > 0)
        {
            throw Problem.Invalid("interfaces", $"VPC {vpc.Id} is FLAT: it takes instances with autoNetwork only");
        }

        var subnets = await networks.HoldSubnets([.. wishes.Select(wish => wish.SubnetId).OfType<Guid>().Distinct()], ct);
        var prefixes = await networks.HoldVpcPrefixes([.. wishes.Select(wish => wish.VpcPrefixId).OfType<Guid>().Distinct()], ct);
        var rows = wishes.Select((wish, i) => Row(i, wish, wish.SubnetId is { } id
            ? Subnet(i, id, subnets, vpc, tenantId)
            : Prefix(i, wish.VpcPrefixId!.Value, prefixes, vpc, secondaryVpcIds, tenantId))).ToArray();
        if (rows.Length > 0 && wishes[0].Device is null && !rows.Any(row => row.IsPhysical))
        {
            rows[0] = rows[0] with { IsPhysical = true };
        }

        RequirePlan(rows, vpc, secondaryVpcIds);
        return rows;

        InterfaceRow Row(int position, InterfaceCreateRequest wish, NetworkRef network) => new()
        {
            Id = Guid.CreateVersion7(),
            InstanceId = instanceId,
            Position = position,
            SubnetId = wish.SubnetId,
            VpcPrefixId = wish.VpcPrefixId,
            VpcId = network.VpcId,
            Room = network.Room,
            IsPhysical = wish.IsPhysical ?? false,
            Device = wish.Device,
            DeviceInstance = wish.DeviceInstance,
            VirtualFunctionId = wish.VirtualFunctionId,
            RequestedIpAddress = wish.IpAddress,
            Status = InterfaceStatus.Pending,
            Created = now,
            Updated = now,
        };
    }

    /// <summary>
    /// 400 unless the devices that interfaces name are there: among the network devices of the instance type, or where that says nothing
    /// of DPUs, of the machine.
    /// </summary>
    public static void RequireDevices(IReadOnlyList<InterfaceRow> rows, string owner, IEnumerable<MachineNetworkCapability> devices)
    {
        var named = rows.Where(row => row.Device is not null).ToArray();
        if (named.Length == 0)
        {
            return;
        }

        var dpus = devices.Where(device => device.DeviceType == "DPU").ToArray();
        foreach (var row in named)
        {
            var dpu = dpus.FirstOrDefault(dpu => dpu.Name == row.Device) ?? throw Invalid(row.Position, "device", $"{owner} has no DPU '{row.Device}'");
            if (row.DeviceInstance >= dpu.Count)
            {
                throw Invalid(row.Position, "deviceInstance", $"{owner} has {dpu.Count} of '{row.Device}'");
            }
        }

        if (named.Select(row => (row.Device, row.DeviceInstance, row.IsPhysical ? 0 : row.VirtualFunctionId)).Distinct().Count() < named.Length)
        {
            throw Problem.Invalid("interfaces", "must not name a function of a device twice");
        }
    }

    /// <summary>What is wrong with the list of secondary VPCs by itself.</summary>
    public static string? WrongSecondaryVpcs(
        IReadOnlyList<Guid>? secondary, Guid? vpcId, IReadOnlyList<InterfaceCreateRequest>? wishes, bool autoNetwork) =>
        secondary is null ? null
        : autoNetwork ? "does not go with autoNetwork"
        : wishes is null or [] || wishes.Any(wish => wish?.VpcPrefixId is null) ? "goes with interfaces on VPC prefixes only"
        : secondary.Distinct().Count() != secondary.Count ? "must not name a VPC twice"
        : vpcId is { } primary && secondary.Contains(primary) ? "must not contain the primary VPC"
        : null;

    private static IEnumerable<(string Field, string Message)> Shape(InterfaceCreateRequest? wish)
    {
        if (wish is null)
        {
            yield return ("subnetId", "or vpcPrefixId is required");
            yield break;
        }

        if (wish.SubnetId is null == wish.VpcPrefixId is null)
        {
            yield return ("subnetId", "or vpcPrefixId is needed, and not both");
        }

        if (wish.IpAddress is not null)
        {
            if (wish.VpcPrefixId is null)
            {
                yield return ("ipAddress", "goes with a VPC prefix only");
            }
            else if (!IsOdd(wish.IpAddress))
            {
                yield return ("ipAddress", "must be an odd IPv4 or IPv6 address");
            }
        }

        if (wish.Device is null != wish.DeviceInstance is null)
        {
            yield return wish.Device is null ? ("device", "goes with deviceInstance") : ("deviceInstance", "goes with device");
        }
        else if (wish.Device is not null && wish.VpcPrefixId is null)
        {
            yield return ("device", "goes with a VPC prefix only");
        }

        if (wish.DeviceInstance < 0)
        {
            yield return ("deviceInstance", "must be 0 or more");
        }

        if (wish.VirtualFunctionId is < 1 or > 16)
        {
            yield return ("virtualFunctionId", "must be from 1 to 16");
        }
        else if (wish.VirtualFunctionId is null && wish.Device is not null && wish.IsPhysical is not true)
        {
            yield return ("virtualFunctionId", "is required on a named device that is not physical");
        }
        else if (wish.VirtualFunctionId is not null && (wish.Device is null || wish.IsPhysical is true))
        {
            yield return ("virtualFunctionId", "goes with a named device that is not physical");
        }
    }

    /// <summary>True for an odd address in one of its usual spellings: short forms of IPv4 and IPv6 zones are none.</summary>
    private static bool IsOdd(string text) =>
        IPAddress.TryParse(text, out var address)
        && (address.AddressFamily == AddressFamily.InterNetworkV6 ? !text.AsSpan().ContainsAny("%[]/") : address.ToString() == text)
        && (address.GetAddressBytes()[^1] & 1) == 1;

    private static NetworkRef Subnet(int i, Guid id, IReadOnlyDictionary<Guid, NetworkRef> found, VpcRef vpc, Guid tenantId)
    {
        if (!found.TryGetValue(id, out var subnet) || subnet.TenantId != tenantId)
        {
            throw Invalid(i, "subnetId", $"subnet {id} does not exist");
        }

        return !subnet.IsReady ? throw Invalid(i, "subnetId", $"subnet {id} is {subnet.Status}, not Ready")
            : subnet.VpcId != vpc.Id ? throw Invalid(i, "subnetId", $"subnet {id} is not in VPC {vpc.Id}")
            : vpc.NetworkVirtualizationType is not (null or NetworkVirtualizationType.ETHERNET_VIRTUALIZER)
                ? throw Invalid(i, "subnetId", $"VPC {vpc.Id} is not of type ETHERNET_VIRTUALIZER")
            : subnet;
    }

    private static NetworkRef Prefix(
        int i, Guid id, IReadOnlyDictionary<Guid, NetworkRef> found, VpcRef vpc, IReadOnlyCollection<Guid> secondaryVpcIds, Guid tenantId)
    {
        if (!found.TryGetValue(id, out var prefix) || prefix.TenantId != tenantId)
        {
            throw Invalid(i, "vpcPrefixId", $"VPC prefix {id} does not exist");
        }

        return !prefix.IsReady ? throw Invalid(i, "vpcPrefixId", $"VPC prefix {id} is {prefix.Status}, not Ready")
            : prefix.SiteId != vpc.SiteId ? throw Invalid(i, "vpcPrefixId", $"VPC prefix {id} is at another site")
            : prefix.VpcId != vpc.Id && !secondaryVpcIds.Contains(prefix.VpcId)
                ? throw Invalid(i, "vpcPrefixId", $"VPC prefix {id} is neither in VPC {vpc.Id} nor in a secondary VPC")
            : vpc.NetworkVirtualizationType != NetworkVirtualizationType.FNN ? throw Invalid(i, "vpcPrefixId", $"VPC {vpc.Id} is not of type FNN")
            : prefix;
    }

    private static void RequirePlan(InterfaceRow[] rows, VpcRef vpc, IReadOnlyCollection<Guid> secondaryVpcIds)
    {
        if (rows.Length == 0 || vpc.NetworkVirtualizationType != NetworkVirtualizationType.FNN)
        {
            return;
        }

        var primary = rows.LastOrDefault(row => row is { IsPhysical: true, DeviceInstance: null or 0 });
        if (primary?.VpcId != vpc.Id)
        {
            throw Problem.Invalid("interfaces", "the physical interface (of device instance 0) must be on a VPC prefix of the primary VPC");
        }

        if (secondaryVpcIds.Except(rows.Select(row => row.VpcId)).Any())
        {
            throw Problem.Invalid("secondaryVpcIds", "every secondary VPC must have an interface");
        }
    }

    /// <summary>400 for an interface on a network that has no address left for it.</summary>
    public static Problem Full(InterfaceRow row) => row.SubnetId is { } subnet
        ? Invalid(row.Position, "subnetId", $"subnet {subnet} has no free address left: it has room for {row.Room} interfaces")
        : Invalid(row.Position, "vpcPrefixId", $"VPC prefix {row.VpcPrefixId} has no free addresses left: it has room for {row.Room} interfaces");

    private static Problem Invalid(int i, string field, string message) =>
        ValidationProblem.From([new ValidationFailure($"interfaces[{i}].{field}", message)]);
}
