using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;

namespace Nico.Compute.Instances.UpdateInstance;

/// <summary>A tenant's order to change or restart an instance: what is absent stays. Source: spec/30-instance.md, section 7.</summary>
[Schema("InstanceUpdateRequest")]
public sealed record UpdateInstance : ICommand<Guid>
{
    /// <summary>Id of the instance.</summary>
    [Path]
    public Guid InstanceId { get; init; }

    /// <summary>New name, 2 to 256 bytes of ASCII; unique for the tenant at the site.</summary>
    public string? Name { get; init; }

    /// <summary>New free text, at most 1024 bytes.</summary>
    public string? Description { get; init; }

    /// <summary>True to restart the instance, and change nothing.</summary>
    public bool? TriggerReboot { get; init; }

    /// <summary>True to boot the iPXE script at this restart; goes with <c>triggerReboot</c>.</summary>
    public bool? RebootWithCustomIpxe { get; init; }

    /// <summary>True to let a waiting firmware update happen at this restart; goes with <c>triggerReboot</c>.</summary>
    public bool? ApplyUpdatesOnReboot { get; init; }

    /// <summary>Another operating system, the tenant's own and active; the empty text takes it away, and needs a script.</summary>
    public string? OperatingSystemId { get; init; }

    /// <summary>New iPXE script.</summary>
    [Bound(Limit = nameof(LimitOptions.IpxeScriptBytes))]
    public string? IpxeScript { get; init; }

    /// <summary>The SSH key groups that the instance is to have; an empty list takes all away.</summary>
    public IReadOnlyList<Guid>? SshKeyGroupIds { get; init; }

    /// <summary>The security group that the instance is to have; the empty text takes it away.</summary>
    public string? NetworkSecurityGroupId { get; init; }

    /// <summary>New user data; where the operating system allows it.</summary>
    [Bound(Limit = nameof(LimitOptions.UserDataBytes))]
    public string? UserData { get; init; }

    /// <summary>True to boot the script at every start, and not only at the first.</summary>
    public bool? AlwaysBootWithCustomIpxe { get; init; }

    /// <summary>True when the instance is to be Ready only once its operating system has called the site.</summary>
    public bool? PhoneHomeEnabled { get; init; }

    /// <summary>The labels that the instance is to have; an empty map takes all away.</summary>
    public Dictionary<string, string>? Labels { get; init; }

    /// <summary>Further VPCs whose VPC prefixes the new interfaces use.</summary>
    public IReadOnlyList<Guid>? SecondaryVpcIds { get; init; }

    /// <summary>The interfaces that the instance is to have instead of those it has; an empty list changes nothing.</summary>
    public IReadOnlyList<InterfaceCreateRequest>? Interfaces { get; init; }

    /// <summary>True to leave the interfaces to the site, false to take them back from it.</summary>
    public bool? AutoNetwork { get; init; }

    /// <summary>The InfiniBand devices that the instance is to have in partitions.</summary>
    public IReadOnlyList<InfiniBandInterfaceCreateRequest>? InfinibandInterfaces { get; init; }

    /// <summary>The GPUs that the instance is to have in NVLink partitions.</summary>
    public IReadOnlyList<NVLinkInterfaceCreateOrUpdateRequest>? NvLinkInterfaces { get; init; }

    /// <summary>The DPU extension services that the instance is to run; an empty list ends all.</summary>
    public IReadOnlyList<DpuExtensionServiceDeploymentRequest>? DpuExtensionServiceDeployments { get; init; }

    internal Attachments Attachments => new(
        InfinibandInterfaces,
        NvLinkInterfaces,
        DpuExtensionServiceDeployments,
        NetworkSecurityGroupId is "" ? null : NetworkSecurityGroupId,
        SshKeyGroupIds);

    /// <summary>True when any part of the configuration is named.</summary>
    internal bool NamesConfiguration =>
        Name is not null || Description is not null || OperatingSystemId is not null || IpxeScript is not null || SshKeyGroupIds is not null
        || NetworkSecurityGroupId is not null || UserData is not null || AlwaysBootWithCustomIpxe is not null || PhoneHomeEnabled is not null
        || Labels is not null || SecondaryVpcIds is not null || Interfaces is not null || AutoNetwork is not null || InfinibandInterfaces is not null
        || NvLinkInterfaces is not null || DpuExtensionServiceDeployments is not null;

    /// <summary>True when the site has to reconfigure networks for it.</summary>
    internal bool ChangesNetworks =>
        Interfaces is not null || AutoNetwork is not null || InfinibandInterfaces is not null || NvLinkInterfaces is not null;
}

internal sealed class UpdateInstanceEndpoint : CommandEndpoint<UpdateInstance, Guid, InstanceResponse>
{
    public override void Configure()
    {
        Patch("instance/{instanceId}");
        Allow(Role.TenantAdmin);
        Describe(
            "update-instance",
            "Instance",
            "Update or reboot an instance",
            "Changes what is named and has the site put the whole configuration into effect; or, with triggerReboot, restarts the machine and "
            + "changes nothing. A change that the site refuses is undone.",
            404,
            409,
            412,
            501);
    }

    protected override IQuery<InstanceResponse> Answer(UpdateInstance request, Guid id) => new GetInstance.GetInstance { InstanceId = id };

    internal sealed class Rules : FastEndpoints.Validator<UpdateInstance>
    {
        public Rules()
        {
            RuleFor(order => order.Name).OptionalName().SiteText();
            RuleFor(order => order.Description).SiteDescription();
            RuleFor(order => order.TriggerReboot)
                .Must((order, reboot) => reboot is not true || !order.NamesConfiguration).WithMessage("does not go with a change of the configuration");
            RuleFor(order => order.RebootWithCustomIpxe)
                .Must((order, with) => with is not true || order.TriggerReboot is true).WithMessage("goes with triggerReboot");
            RuleFor(order => order.ApplyUpdatesOnReboot)
                .Must((order, apply) => apply is not true || order.TriggerReboot is true).WithMessage("goes with triggerReboot");
            RuleFor(order => order.OperatingSystemId).UuidOrEmpty();
            RuleFor(order => order.IpxeScript)
                .Must((order, script) => order.OperatingSystemId is not "" || !string.IsNullOrEmpty(script))
                .WithMessage("is required when the operating system is taken away");
            RuleFor(order => order.Labels).Labels();
            RuleFor(order => order.Interfaces).Custom((wishes, context) =>
            {
                if (wishes is { Count: > NetworkPlan.Most })
                {
                    context.AddFailure($"must have at most {NetworkPlan.Most} entries");
                }
                else
                {
                    NetworkPlan.Shape(wishes ?? []).ToList().ForEach(context.AddFailure);
                }
            });
            RuleFor(order => order.SecondaryVpcIds).Custom((secondary, context) =>
            {
                var order = context.InstanceToValidate;
                if (NetworkPlan.WrongSecondaryVpcs(secondary, null, order.Interfaces, order.AutoNetwork is true) is { } wrong)
                {
                    context.AddFailure(wrong);
                }
            });
            RuleFor(order => order).Custom((order, context) => order.Attachments.Shape().ToList().ForEach(context.AddFailure));
        }
    }
}
