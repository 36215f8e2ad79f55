using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Compute.Allocations.CreateAllocation;

/// <summary>A provider's order to give something to a tenant at a site. Source: spec/20-ip-and-allocation.md, section 6.1.</summary>
[Schema("AllocationCreateRequest")]
public sealed record CreateAllocation : ICommand<Guid>
{
    /// <summary>Name of the allocation, 2 to 256 bytes; unique for the tenant at the site.</summary>
    public string? Name { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>The tenant that gets.</summary>
    public Guid? TenantId { get; init; }

    /// <summary>The site; one of the provider's own.</summary>
    public Guid? SiteId { get; init; }

    /// <summary>What is given: exactly one entry.</summary>
    public IReadOnlyList<AllocationConstraintCreateRequest>? AllocationConstraints { get; init; }
}

/// <summary>How much of what is to be given.</summary>
public sealed record AllocationConstraintCreateRequest
{
    /// <summary>What is given.</summary>
    public AllocationResourceType? ResourceType { get; init; }

    /// <summary>An instance type, or one of the provider's own IP blocks, at the site.</summary>
    public Guid? ResourceTypeId { get; init; }

    /// <summary>How firmly it is given. Machines are given as Reserved only.</summary>
    public AllocationConstraintType? ConstraintType { get; init; }

    /// <summary>A number of machines, or the length of a prefix; the block's own length gives all of it.</summary>
    public int? ConstraintValue { get; init; }

    internal sealed class Rules : AbstractValidator<AllocationConstraintCreateRequest>
    {
        public Rules()
        {
            RuleFor(constraint => constraint.ResourceType).Required();
            RuleFor(constraint => constraint.ResourceTypeId).Required();
            RuleFor(constraint => constraint.ConstraintType).Required();
            RuleFor(constraint => constraint.ConstraintValue).Cascade(CascadeMode.Stop).Required().GreaterThan(0).WithMessage("must be 1 or more");
        }
    }
}

internal sealed class CreateAllocationEndpoint : CommandEndpoint<CreateAllocation, Guid, AllocationResponse>
{
    protected override int SuccessStatus => 201;

    public override void Configure()
    {
        Post("allocation");
        Allow(Role.ProviderAdmin);
        Describe(
            "create-allocation",
            "Allocation",
            "Create an allocation",
            "Gives a tenant a part of an IP block, which becomes an IP block of the tenant's own, or machines of an instance type. "
            + "With its first allocation at a site the tenant may use the site.",
            409);
    }

    protected override IQuery<AllocationResponse> Answer(CreateAllocation request, Guid id) =>
        new GetAllocation.GetAllocation { AllocationId = id };

    internal sealed class Rules : FastEndpoints.Validator<CreateAllocation>
    {
        public Rules()
        {
            RuleFor(order => order.Name).RequiredName();
            RuleFor(order => order.TenantId).Required();
            RuleFor(order => order.SiteId).Required();
            RuleFor(order => order.AllocationConstraints)
                .Must(constraints => constraints is [not null])
                .WithMessage("must have exactly one entry");
            RuleForEach(order => order.AllocationConstraints)
                .SetValidator(new AllocationConstraintCreateRequest.Rules())
                .When(order => order.AllocationConstraints is [not null]);
        }
    }
}
