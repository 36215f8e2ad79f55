using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;

namespace Nico.Compute.Instances.CreateInstance;

/// <summary>A tenant's order for an instance. Source: spec/30-instance.md, sections 3 and 4.</summary>
[Schema("InstanceCreateRequest")]
public sealed record CreateInstance : ICommand<Guid>
{
    /// <summary>Name of the instance, 2 to 256 bytes of ASCII; unique for the tenant at the site.</summary>
    public string? Name { get; init; }

    /// <summary>Free text, at most 1024 bytes.</summary>
    public string? Description { get; init; }

    /// <summary>The org's own tenant, or absent.</summary>
    public Guid? TenantId { get; init; }

    /// <summary>The instance type to get a machine of. Either this or a machine.</summary>
    public Guid? InstanceTypeId { get; init; }

    /// <summary>The machine to get; for tenants that may choose machines. Either this or an instance type.</summary>
    public string? MachineId { get; init; }

    /// <summary>The VPC; Ready, the tenant's own. Its site is the instance's.</summary>
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

    /// <summary>True when the instance is to be Ready only once its operating system has called the site. Default: the operating system's.</summary>
    public bool? PhoneHomeEnabled { get; init; }

    /// <summary>At most 10 labels; keys of 1 to 255 bytes, values of at most 255 bytes.</summary>
    public Dictionary<string, string>? Labels { get; init; }

    /// <summary>The attachments to networks, 1 to 16; none with <c>autoNetwork</c>.</summary>
    public IReadOnlyList<InterfaceCreateRequest>? Interfaces { get; init; }

    /// <summary>True to leave the interfaces to the site; in FLAT VPCs only. Default false.</summary>
    public bool? AutoNetwork { get; init; }

    /// <summary>InfiniBand devices to put into partitions.</summary>
    public IReadOnlyList<InfiniBandInterfaceCreateRequest>? InfinibandInterfaces { get; init; }

    /// <summary>DPU extension services to run.</summary>
    public IReadOnlyList<DpuExtensionServiceDeploymentRequest>? DpuExtensionServiceDeployments { get; init; }

    /// <summary>GPUs to put into NVLink partitions.</summary>
    public IReadOnlyList<NVLinkInterfaceCreateOrUpdateRequest>? NvLinkInterfaces { get; init; }

    /// <summary>SSH key groups to put on the instance.</summary>
    public IReadOnlyList<Guid>? SshKeyGroupIds { get; init; }

    /// <summary>True to take the chosen machine although it is not healthy, as long as its site has it ready. Default false.</summary>
    public bool? AllowUnhealthyMachine { get; init; }

    internal Attachments Attachments =>
        new(InfinibandInterfaces, NvLinkInterfaces, DpuExtensionServiceDeployments, NetworkSecurityGroupId, SshKeyGroupIds);
}

internal sealed class CreateInstanceEndpoint : CommandEndpoint<CreateInstance, Guid, InstanceResponse>
{
    protected override int SuccessStatus => 201;

    public override void Configure()
    {
        Post("instance");
        Allow(Role.TenantAdmin);
        Describe(
            "create-instance",
            "Instance",
            "Create an instance",
            "Takes a machine and has its site install it. The instance is Pending until the site has taken the order, and Ready when it runs.",
            404,
            409,
            412,
            501);
    }

    protected override IQuery<InstanceResponse> Answer(CreateInstance request, Guid id) => new GetInstance.GetInstance { InstanceId = id };

    internal sealed class Rules : FastEndpoints.Validator<CreateInstance>
    {
        public Rules()
        {
            RuleFor(order => order.Name).RequiredName().SiteText();
            RuleFor(order => order.Description).SiteDescription();
            RuleFor(order => order.VpcId).Required();
            RuleFor(order => order.MachineId)
                .Must((order, machine) => machine is null != order.InstanceTypeId is null).WithMessage("or instanceTypeId is needed, and not both");
            RuleFor(order => order.OperatingSystemId).UuidOrEmpty();
            RuleFor(order => order.IpxeScript)
                .Must((order, script) => !string.IsNullOrEmpty(order.OperatingSystemId) || !string.IsNullOrEmpty(script))
                .WithMessage("is required without an operating system");
            RuleFor(order => order.Labels).Labels();
            RuleFor(order => order.Interfaces).Custom((wishes, context) =>
                NetworkPlan.Shape(wishes, context.InstanceToValidate.AutoNetwork is true).ToList().ForEach(context.AddFailure));
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
