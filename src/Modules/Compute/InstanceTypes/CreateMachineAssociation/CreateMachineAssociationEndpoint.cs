using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;

namespace Nico.Compute.InstanceTypes.CreateMachineAssociation;

/// <summary>A provider's order that machines join an instance type, all or none. Source: spec/31-instance-type.md, section 6.1.</summary>
[Schema("MachineInstanceTypeCreateRequest")]
public sealed record CreateMachineAssociation : ICommand<IReadOnlyList<string>>
{
    /// <summary>Id of the instance type.</summary>
    [Path]
    public Guid InstanceTypeId { get; init; }

    /// <summary>The machines: at least one, each once.</summary>
    [Bound(Entries = 10_000)]
    public IReadOnlyList<string>? MachineIds { get; init; }
}

internal sealed class CreateMachineAssociationEndpoint : CommandEndpoint<CreateMachineAssociation, IReadOnlyList<string>, IReadOnlyList<MachineInstanceType>>
{
    protected override int SuccessStatus => 201;

    public override void Configure()
    {
        Post("instance/type/{instanceTypeId}/machine");
        Allow(Role.ProviderAdmin);
        Describe(
            "create-instance-type-machine-association",
            "Instance Type",
            "Add machines to an instance type",
            "Has machines join the instance type, all or none. They are at its site, Ready or Reset, belong to no instance type, and have the parts "
            + "that it asks for.",
            404,
            409,
            412);
    }

    protected override IQuery<IReadOnlyList<MachineInstanceType>> Answer(CreateMachineAssociation request, IReadOnlyList<string> ids) =>
        new AssociationsOfMachines(request.InstanceTypeId, ids);

    internal sealed class Rules : FastEndpoints.Validator<CreateMachineAssociation>
    {
        public Rules() => RuleFor(order => order.MachineIds)
            .Cascade(CascadeMode.Stop)
            .Required()
            .Must(ids => ids!.Count > 0).WithMessage("must have at least one entry")
            .Must(ids => ids!.All(id => !string.IsNullOrEmpty(id))).WithMessage("must have no empty entries");
    }
}
