using FluentValidation;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Hardware.Machines.UpdateMachine;

/// <summary>One of five orders about a machine. Source: spec/41-machine.md, section 6.</summary>
[Schema("MachineUpdateRequest")]
public sealed record UpdateMachine : ICommand<string>
{
    /// <summary>Id of the machine.</summary>
    [Path]
    public string MachineId { get; init; } = "";

    /// <summary>The instance type that the machine is to belong to: one of its provider's, at its site, with the same parts.</summary>
    public Guid? InstanceTypeId { get; init; }

    /// <summary>True to take the machine out of its instance type.</summary>
    public bool? ClearInstanceType { get; init; }

    /// <summary>True to take the machine out of service, false to put it back.</summary>
    public bool? SetMaintenanceMode { get; init; }

    /// <summary>Why it is taken out of service, 5 to 256 bytes.</summary>
    public string? MaintenanceMessage { get; init; }

    /// <summary>The labels that the machine is to have; an empty map takes all away.</summary>
    public Dictionary<string, string>? Labels { get; init; }

    /// <summary>Begins or ends a repair of the machine while it keeps its instance.</summary>
    public MachineOnlineRepair? OnlineRepair { get; init; }

    /// <summary>What is to be repaired; with the beginning of an online repair only.</summary>
    public MachineHealthIssue? HealthIssue { get; init; }
}

/// <summary>A repair of a machine while it keeps its instance.</summary>
public sealed record MachineOnlineRepair
{
    /// <summary>True to begin it, false to end it.</summary>
    public bool? Enabled { get; init; }

    /// <summary>What may be done should it fail; when it begins.</summary>
    public MachineOnlineRepairPolicy? Policy { get; init; }

    /// <summary>The risks, each accepted; when it begins.</summary>
    public MachineOnlineRepairAcknowledgments? Acknowledgments { get; init; }
}

/// <summary>What may be done should an online repair fail.</summary>
public sealed record MachineOnlineRepairPolicy
{
    /// <summary>True when the instance may be deleted.</summary>
    public bool? AllowAutoInstanceDeletionOnFailure { get; init; }
}

/// <summary>The risks of an online repair; each must be accepted.</summary>
public sealed record MachineOnlineRepairAcknowledgments
{
    /// <summary>Data on the machine may be damaged.</summary>
    public bool? AcceptDataCorruptionRisk { get; init; }

    /// <summary>Those who repair have access to the machine.</summary>
    public bool? AcceptRepairTeamAccess { get; init; }

    /// <summary>The instance may have to be deleted.</summary>
    public bool? AcceptInstanceDeletionRisk { get; init; }
}

internal sealed class UpdateMachineEndpoint : CommandEndpoint<UpdateMachine, string, MachineResponse>
{
    public override void Configure()
    {
        Patch("machine/{machineId}");
        Allow(Role.ProviderAdmin, Role.TenantAdmin);
        Describe(
            "update-machine",
            "Machine",
            "Update a machine",
            "Exactly one of: an instance type, its clearing, maintenance, labels, online repair. For the machine's provider; labels also for a tenant "
            + "that may choose machines and has an accepted account with the provider, online repair also for such a tenant whose instance the "
            + "machine carries. What the site refuses is undone.",
            404,
            409,
            412,
            501);
    }

    protected override IQuery<MachineResponse> Answer(UpdateMachine request, string id) =>
        new GetMachine.GetMachine { MachineId = id, IncludeMetadata = true };

    internal sealed class Rules : FastEndpoints.Validator<UpdateMachine>
    {
        public Rules()
        {
            RuleFor(order => order).Custom((order, context) =>
            {
                string[] named = [.. Named(order)];
                if (named.Length == 0)
                {
                    context.AddFailure("__all__", "One of instanceTypeId, clearInstanceType, setMaintenanceMode, labels and onlineRepair is required");
                }
                else if (named.Length > 1)
                {
                    Array.ForEach(named, name => context.AddFailure(name, "cannot be ordered together with another change"));
                }
            });
            RuleFor(order => order.ClearInstanceType).Must(clear => clear is not false).WithMessage("must be true where it is given");
            RuleFor(order => order.MaintenanceMessage)
                .Cascade(CascadeMode.Stop)
                .Must((order, text) => order.SetMaintenanceMode is not true || !string.IsNullOrWhiteSpace(text)).WithMessage("is required for maintenance")
                .Must((order, text) => order.SetMaintenanceMode is true || text is null).WithMessage("goes with the beginning of maintenance only")
                .Bytes(5, 256);
            RuleFor(order => order.Labels).Labels();
            RuleFor(order => order.HealthIssue)
                .Must((order, issue) => issue is null || order.OnlineRepair is { Enabled: not false }).WithMessage("goes with the beginning of an online repair only");
            RuleFor(order => order.HealthIssue)
                .Must((order, issue) => issue is not null || order.OnlineRepair is not { Enabled: true }).WithMessage("is required");
            RuleFor(order => order.HealthIssue!).ChildRules(issue =>
            {
                issue.RuleFor(i => i.Category).Required();
                issue.RuleFor(i => i.Summary).Cascade(CascadeMode.Stop).Must(text => !string.IsNullOrEmpty(text)).WithMessage("is required").MaximumLength(512)
                    .WithMessage("must have at most 512 characters");
                issue.RuleFor(i => i.Details).Cascade(CascadeMode.Stop).Must(text => !string.IsNullOrEmpty(text)).WithMessage("is required").MaximumLength(8192)
                    .WithMessage("must have at most 8192 characters");
            }).When(order => order.HealthIssue is not null);
            RuleFor(order => order.OnlineRepair!).ChildRules(Repair).When(order => order.OnlineRepair is not null);
        }

        private static void Repair(InlineValidator<MachineOnlineRepair> repair)
        {
            repair.RuleFor(r => r.Enabled).Required();
            repair.RuleFor(r => r.Policy).Must((r, policy) => r.Enabled is not true || policy is not null).WithMessage("is required");
            repair.RuleFor(r => r.Policy).Must((r, policy) => r.Enabled is not false || policy is null).WithMessage("goes with the beginning of a repair only");
            repair.RuleFor(r => r.Policy!)
                .ChildRules(policy => policy.RuleFor(p => p.AllowAutoInstanceDeletionOnFailure).Required())
                .When(r => r.Policy is not null);
            repair.RuleFor(r => r.Acknowledgments).Must((r, accepted) => r.Enabled is not true || accepted is not null).WithMessage("is required");
            repair.RuleFor(r => r.Acknowledgments).Must((r, accepted) => r.Enabled is not false || accepted is null)
                .WithMessage("goes with the beginning of a repair only");
            repair.RuleFor(r => r.Acknowledgments!).ChildRules(accepted =>
            {
                accepted.RuleFor(a => a.AcceptDataCorruptionRisk).Must(value => value is true).WithMessage("must be true");
                accepted.RuleFor(a => a.AcceptRepairTeamAccess).Must(value => value is true).WithMessage("must be true");
                accepted.RuleFor(a => a.AcceptInstanceDeletionRisk).Must(value => value is true).WithMessage("must be true");
            }).When(r => r.Acknowledgments is not null);
        }

        private static IEnumerable<string> Named(UpdateMachine order) => new (string Name, bool IsNamed)[]
        {
            ("instanceTypeId", order.InstanceTypeId is not null),
            ("clearInstanceType", order.ClearInstanceType is not null),
            ("setMaintenanceMode", order.SetMaintenanceMode is not null),
            ("labels", order.Labels is not null),
            ("onlineRepair", order.OnlineRepair is not null),
        }.Where(part => part.IsNamed).Select(part => part.Name);
    }
}
