using FluentValidation.Results;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Compute.Instances;

/// <summary>A wish for an InfiniBand device in a partition.</summary>
public sealed record InfiniBandInterfaceCreateRequest
{
    /// <summary>The partition.</summary>
    public Guid? PartitionId { get; init; }

    /// <summary>Model name of the device.</summary>
    public string? Device { get; init; }

    /// <summary>Maker of the device.</summary>
    public string? Vendor { get; init; }

    /// <summary>Which of the machine's devices of that name, from 0.</summary>
    public int? DeviceInstance { get; init; }

    /// <summary>Must be true: virtual functions are not supported.</summary>
    public bool? IsPhysical { get; init; }

    /// <summary>Must be absent: virtual functions are not supported.</summary>
    public int? VirtualFunctionId { get; init; }
}

/// <summary>A wish for a GPU in an NVLink partition.</summary>
public sealed record NVLinkInterfaceCreateOrUpdateRequest
{
    /// <summary>The partition.</summary>
    public Guid? NvLinklogicalPartitionId { get; init; }

    /// <summary>Which of the machine's GPUs, 0 to 3.</summary>
    public int? DeviceInstance { get; init; }
}

/// <summary>A wish for a version of a DPU extension service.</summary>
public sealed record DpuExtensionServiceDeploymentRequest
{
    /// <summary>The service.</summary>
    public Guid? DpuExtensionServiceId { get; init; }

    /// <summary>The version.</summary>
    public string? Version { get; init; }
}

/// <summary>What an instance can refer to once there are such things: until then each id is an unknown one, after its shape was checked.</summary>
internal sealed record Attachments(
    IReadOnlyList<InfiniBandInterfaceCreateRequest>? InfiniBand,
    IReadOnlyList<NVLinkInterfaceCreateOrUpdateRequest>? NvLink,
    IReadOnlyList<DpuExtensionServiceDeploymentRequest>? DpuServices,
    string? NetworkSecurityGroupId,
    IReadOnlyList<Guid>? SshKeyGroupIds)
{
    /// <summary>The shape of the wishes, each wrong field under its name.</summary>
    public IEnumerable<ValidationFailure> Shape()
    {
        foreach (var (wish, i) in (InfiniBand ?? []).Select((wish, i) => (wish, i)))
        {
            foreach (var (field, message) in Shape(wish))
            {
                yield return new ValidationFailure($"infinibandInterfaces[{i}].{field}", message);
            }
        }

        foreach (var (wish, i) in (NvLink ?? []).Select((wish, i) => (wish, i)))
        {
            if (wish?.NvLinklogicalPartitionId is null)
            {
                yield return new ValidationFailure($"nvLinkInterfaces[{i}].nvLinklogicalPartitionId", "is required");
            }

            if (wish?.DeviceInstance is null or < 0 or > 3)
            {
                yield return new ValidationFailure($"nvLinkInterfaces[{i}].deviceInstance", "must be from 0 to 3");
            }
        }

        foreach (var (wish, i) in (DpuServices ?? []).Select((wish, i) => (wish, i)))
        {
            if (wish?.DpuExtensionServiceId is null)
            {
                yield return new ValidationFailure($"dpuExtensionServiceDeployments[{i}].dpuExtensionServiceId", "is required");
            }

            if (string.IsNullOrEmpty(wish?.Version))
            {
                yield return new ValidationFailure($"dpuExtensionServiceDeployments[{i}].version", "is required");
            }
        }

        if (DpuServices is { } services && services.Distinct().Count() < services.Count)
        {
            yield return new ValidationFailure("dpuExtensionServiceDeployments", "must not name a version of a service twice");
        }
    }

    /// <summary>400 for the first id that is named.</summary>
    public void RequireNone()
    {
        foreach (var service in DpuServices ?? [])
        {
            throw Unknown("dpuExtensionServiceDeployments[0].dpuExtensionServiceId", "DPU extension service", service.DpuExtensionServiceId);
        }

        if (NetworkSecurityGroupId is { } group)
        {
            throw Unknown("networkSecurityGroupId", "network security group", group);
        }

        foreach (var id in SshKeyGroupIds ?? [])
        {
            throw Unknown("sshKeyGroupIds", "SSH key group", id);
        }

        foreach (var wish in InfiniBand ?? [])
        {
            throw Unknown("infinibandInterfaces[0].partitionId", "InfiniBand partition", wish.PartitionId);
        }

        foreach (var wish in NvLink ?? [])
        {
            throw Unknown("nvLinkInterfaces[0].nvLinklogicalPartitionId", "NVLink logical partition", wish.NvLinklogicalPartitionId);
        }
    }

    private static IEnumerable<(string Field, string Message)> Shape(InfiniBandInterfaceCreateRequest? wish)
    {
        if (wish?.PartitionId is null)
        {
            yield return ("partitionId", "is required");
        }

        if (string.IsNullOrEmpty(wish?.Device))
        {
            yield return ("device", "is required");
        }

        if (wish?.DeviceInstance is null or < 0)
        {
            yield return ("deviceInstance", "must be 0 or more");
        }

        if (wish?.IsPhysical is not true)
        {
            yield return ("isPhysical", "must be true");
        }

        if (wish?.VirtualFunctionId is not null)
        {
            yield return ("virtualFunctionId", "must be absent");
        }
    }

    private static Problem Unknown(string field, string kind, object? id) =>
        ValidationProblem.From([new ValidationFailure(field, $"{kind} {id} does not exist")]);
}
