using System.Text.Json.Serialization;
using Nico.Compute.Contracts;
using Nico.Networking.Contracts;

namespace Nico.Compute.Instances;

/// <summary>Where an interface stands.</summary>
public enum InterfaceStatus
{
    /// <summary>Wanted.</summary>
    Pending,

    /// <summary>Being made.</summary>
    Provisioning,

    /// <summary>In use.</summary>
    Ready,

    /// <summary>Being removed.</summary>
    Deleting,

    /// <summary>Cannot be used.</summary>
    Error,
}

/// <summary>An instance's attachment to a network.</summary>
public sealed record Interface
{
    /// <summary>Id of the interface.</summary>
    public Guid Id { get; init; }

    /// <summary>The instance that has it.</summary>
    public Guid InstanceId { get; init; }

    /// <summary>The subnet that it attaches to; null when it is a VPC prefix.</summary>
    public Guid? SubnetId { get; init; }

    /// <summary>The VPC prefix that it attaches to; null when it is a subnet.</summary>
    public Guid? VpcPrefixId { get; init; }

    /// <summary>True for a device's own (physical) function, false for a virtual one.</summary>
    public bool IsPhysical { get; init; }

    /// <summary>Model name of the device; null when it is left to the site.</summary>
    public string? Device { get; init; }

    /// <summary>Which of the machine's devices of that name, from 0.</summary>
    public int? DeviceInstance { get; init; }

    /// <summary>Which virtual function, 1 to 16.</summary>
    public int? VirtualFunctionId { get; init; }

    /// <summary>MAC address; null until the site has said.</summary>
    public string? MacAddress { get; init; }

    /// <summary>Addresses that the site gave it; empty until then.</summary>
    public IReadOnlyList<string> IpAddresses { get; init; } = [];

    /// <summary>The address that was asked for.</summary>
    public string? RequestedIpAddress { get; init; }

    /// <summary>Where the interface stands.</summary>
    public InterfaceStatus Status { get; init; }

    /// <summary>When it was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }

    /// <summary>The instance in short; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InstanceSummary? Instance { get; init; }

    /// <summary>The subnet in short; with an instance, or when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SubnetSummary? Subnet { get; init; }

    /// <summary>The VPC prefix in short; with an instance, or when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonPropertyName("vpcprefix")]
    public VpcPrefixSummary? VpcPrefix { get; init; }

    internal static Interface Of(InterfaceRow row) => new()
    {
        Id = row.Id,
        InstanceId = row.InstanceId,
        SubnetId = row.SubnetId,
        VpcPrefixId = row.VpcPrefixId,
        IsPhysical = row.IsPhysical,
        Device = row.Device,
        DeviceInstance = row.DeviceInstance,
        VirtualFunctionId = row.VirtualFunctionId,
        MacAddress = row.MacAddress,
        IpAddresses = row.IpAddresses,
        RequestedIpAddress = row.RequestedIpAddress,
        Status = row.Status,
        Created = row.Created,
        Updated = row.Updated,
    };
}
