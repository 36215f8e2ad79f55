using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;

namespace Nico.Compute.Instances.BatchCreateInstance;

/// <summary>A tenant's order for several instances, all or none. Source: spec/30-instance.md, section 6.</summary>
[Schema("BatchInstanceCreateRequest")]
public sealed record BatchCreateInstance : ICommand<IReadOnlyList<Guid>>
{
    /// <summary>Fewest and most instances that are made at once.</summary>
    public const int Fewest = 2, Most = 18;

    /// <summary>What every name begins with, 2 to 240 bytes of ASCII; a text that the batch has in common and a number from 1 follow.</summary>
    public string? NamePrefix { get; init; }

    /// <summary>Description of each, at most 1024 bytes.</summary>
    public string? Description { get; init; }

    /// <summary>How many instances, 2 to 18.</summary>
    public int? Count { get; init; }

    /// <summary>The org's own tenant, or absent.</summary>
    public Guid? TenantId { get; init; }

    /// <summary>The instance type to get machines of.</summary>
    public Guid? InstanceTypeId { get; init; }

    /// <summary>The VPC; Ready, the tenant's own, at the instance type's site.</summary>
    public Guid? VpcId { get; init; }

    /// <summary>Further VPCs whose VPC prefixes the interfaces use.</summary>
    public IReadOnlyList<Guid>? SecondaryVpcIds { get; init; }

    /// <summary>What the operating system finds as user data; where the operating system allows it.</summary>
    [Bound(Limit = nameof(LimitOptions.UserDataBytes))]
    public string? UserData { get; init; }

    /// <summary>The operating system; the tenant's own, and active. Without one a script is required.</summary>
    public string? OperatingSystemId { get; init; }

    /// <summary>A security group of the tenant at the site.</summary>
    public string? NetworkSecurityGroupId { get; init; }

    /// <summary>The iPXE script to boot instead of the operating system's.</summary>
    [Bound(Limit = nameof(LimitOptions.IpxeScriptBytes))]
    public string? IpxeScript { get; init; }

    /// <summary>True to boot the script at every start, and not only at the first. Default false.</summary>
    public bool? AlwaysBootWithCustomIpxe { get; init; }

    /// <summary>True when the instances are to be Ready only once their operating systems have called the site. Default: the operating system's.</summary>
    public bool? PhoneHomeEnabled { get; init; }

    /// <summary>At most 10 labels; keys of 1 to 255 bytes, values of at most 255 bytes.</summary>
    public Dictionary<string, string>? Labels { get; init; }

    /// <summary>The attachments to networks, 1 to 16, that each instance has; none with <c>autoNetwork</c>, and none with an address.</summary>
    public IReadOnlyList<InterfaceCreateRequest>? Interfaces { get; init; }

    /// <summary>True to leave the interfaces to the site; in FLAT VPCs only. Default false.</summary>
    public bool? AutoNetwork { get; init; }

    /// <summary>InfiniBand devices to put into partitions.</summary>
    public IReadOnlyList<InfiniBandInterfaceCreateRequest>? InfinibandInterfaces { get; init; }

    /// <summary>DPU extension services to run.</summary>
    public IReadOnlyList<DpuExtensionServiceDeploymentRequest>? DpuExtensionServiceDeployments { get; init; }

    /// <summary>GPUs to put into NVLink partitions.</summary>
    public IReadOnlyList<NVLinkInterfaceCreateOrUpdateRequest>? NvLinkInterfaces { get; init; }

    /// <summary>SSH key groups to put on the instances.</summary>
    public IReadOnlyList<Guid>? SshKeyGroupIds { get; init; }

    /// <summary>True, the default, to have all machines in one NVLink domain.</summary>
    public bool? TopologyOptimized { get; init; }

    internal Attachments Attachments =>
        new(InfinibandInterfaces, NvLinkInterfaces, DpuExtensionServiceDeployments, NetworkSecurityGroupId, SshKeyGroupIds);
}

/// <summary>Instances that were made together, in the order of their numbers.</summary>
internal sealed record InstancesOfBatch(IReadOnlyList<Guid> Ids) : IQuery<IReadOnlyList<InstanceResponse>>;

internal sealed class BatchCreateInstanceEndpoint : CommandEndpoint<BatchCreateInstance, IReadOnlyList<Guid>, IReadOnlyList<InstanceResponse>>
{
    protected override int SuccessStatus => 201;

    public override void Configure()
    {
        Post("instance/batch");
        Allow(Role.TenantAdmin);
        Describe(
            "batch-create-instance",
            "Instance",
            "Create several instances",
            "Takes machines of one instance type, of one NVLink domain unless that does not matter, and has their site install them: all of "
            + "them or none. The instances are named by the prefix, a text that they have in common, and a number.",
            404,
            409,
            412,
            501);
    }

    protected override IQuery<IReadOnlyList<InstanceResponse>> Answer(BatchCreateInstance request, IReadOnlyList<Guid> ids) =>
        new InstancesOfBatch(ids);

    internal sealed class Rules : FastEndpoints.Validator<BatchCreateInstance>
    {
        public Rules()
        {
            RuleFor(order => order.NamePrefix).RequiredName(240).SiteText();
            RuleFor(order => order.Count).Cascade(CascadeMode.Stop).Required()
                .InclusiveBetween(BatchCreateInstance.Fewest, BatchCreateInstance.Most)
                .WithMessage($"must be from {BatchCreateInstance.Fewest} to {BatchCreateInstance.Most}");
            RuleFor(order => order.InstanceTypeId).Required();
            RuleFor(order => order.VpcId).Required();
            RuleFor(order => order.OperatingSystemId).UuidOrEmpty();
            RuleFor(order => order.IpxeScript)
                .Must((order, script) => !string.IsNullOrEmpty(order.OperatingSystemId) || !string.IsNullOrEmpty(script))
                .WithMessage("is required without an operating system");
            RuleFor(order => order.Description).SiteDescription();
            RuleFor(order => order.Labels).Labels();
            RuleFor(order => order.Interfaces).Custom((wishes, context) =>
            {
                var order = context.InstanceToValidate;
                NetworkPlan.Shape(wishes, order.AutoNetwork is true).ToList().ForEach(context.AddFailure);
                foreach (var i in Enumerable.Range(0, wishes?.Count ?? 0).Where(i => wishes![i]?.IpAddress is not null))
                {
                    context.AddFailure($"interfaces[{i}].ipAddress", "does not go with several instances");
                }
            });
            RuleFor(order => order.SecondaryVpcIds).Custom((secondary, context) =>
            {
                var order = context.InstanceToValidate;
                if (NetworkPlan.WrongSecondaryVpcs(secondary, order.VpcId, order.Interfaces, order.AutoNetwork is true) is { } wrong)
                {
                    context.AddFailure(wrong);
                }
            });
            RuleFor(order => order).Custom((order, context) => order.Attachments.Shape().ToList().ForEach(context.AddFailure));
        }
    }
}
