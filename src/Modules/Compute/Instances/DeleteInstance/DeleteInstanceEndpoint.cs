using FluentValidation;
using MediatR;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Compute.Instances.DeleteInstance;

/// <summary>A tenant's order to give a machine back. Source: spec/30-instance.md, section 8.</summary>
[Schema("InstanceDeleteRequest")]
public sealed record DeleteInstance : ICommand<Unit>
{
    /// <summary>Id of the instance.</summary>
    [Path]
    public Guid InstanceId { get; init; }

    /// <summary>What was wrong with the machine, for the provider.</summary>
    public MachineHealthIssue? MachineHealthIssue { get; init; }

    /// <summary>True when the tenant repairs machines; for tenants that may choose machines. Default false.</summary>
    public bool? IsRepairTenant { get; init; }
}

internal sealed class DeleteInstanceEndpoint : DeleteEndpoint<DeleteInstance>
{
    public override void Configure()
    {
        Delete("instance/{instanceId}");
        Allow(Role.TenantAdmin);
        Describe(
            "delete-instance",
            "Instance",
            "Delete an instance",
            "Gives the machine back. The instance is Terminating, and keeps its name and its machine, until its site no longer has it. "
            + "Repeating the order is no error. The body may be left out.",
            404,
            409,
            412,
            501);
    }

    internal sealed class Rules : FastEndpoints.Validator<DeleteInstance>
    {
        public Rules() => RuleFor(order => order.MachineHealthIssue!).ChildRules(issue =>
        {
            issue.RuleFor(i => i.Category).Required();
            issue.RuleFor(i => i.Summary).Cascade(CascadeMode.Stop).Must(text => !string.IsNullOrWhiteSpace(text)).WithMessage("is required").Bytes(0, 512);
            issue.RuleFor(i => i.Details).Bytes(0, 8192);
        }).When(order => order.MachineHealthIssue is not null);
    }
}
