using FluentValidation.Results;
using MediatR;
using Nico.Compute.Contracts;
using Nico.Compute.InstanceTypes;
using Nico.Compute.InstanceTypes.Quotas;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;

namespace Nico.Compute.Allocations.CreateAllocation;

internal sealed class CreateAllocationHandler(
    ActingAs acting,
    Caller caller,
    Db db,
    AllocationRows rows,
    IOrganizations organizations,
    ISites sites,
    IIpBlockGrants blocks,
    InstanceTypeRows types,
    Capacities capacities,
    IMediator mediator,
    ObjectLimits limits,
    TimeProvider clock) : IRequestHandler<CreateAllocation, Guid>
{
    public async Task<Guid> Handle(CreateAllocation request, CancellationToken cancellationToken)
    {
        var provider = await acting.Provider(NotYet.Invalid, cancellationToken);
        await limits.Require("Allocation", provider.Id, Sql.Of<CreateAllocationHandler>("CountOwned"), 1, cancellationToken);
        await sites.RequireOwn(request.SiteId!.Value, provider.Id, "siteId", cancellationToken);
        var tenant = await organizations.TenantById(request.TenantId!.Value, cancellationToken)
            ?? throw Problem.Invalid("tenantId", $"tenant {request.TenantId} does not exist");
        var constraint = request.AllocationConstraints![0];
        var site = (await sites.Summaries([request.SiteId.Value], cancellationToken))[request.SiteId.Value];
        var args = new
        {
            id = Guid.CreateVersion7(),
            request.Name,
            request.Description,
            providerId = provider.Id,
            request.TenantId,
            request.SiteId,
            siteName = site.Name,
            tenantOrgDisplayName = tenant.OrgDisplayName,
            now = clock.Now(),
            by = caller.UserId,
        };
        if (await db.Execute(Sql.Of<CreateAllocationHandler>("CreateAllocation"), args, cancellationToken) == 0)
        {
            var other = await rows.IdOfName(tenant.Id, request.SiteId.Value, request.Name!, cancellationToken);
            throw Problem.Conflict($"The tenant has an allocation named '{request.Name}' at this site already", other ?? args.id);
        }

        var given = constraint.ResourceType == AllocationResourceType.InstanceType
            ? await Reserve(constraint, provider, request.SiteId.Value, cancellationToken)
            : await Carve(request, constraint, provider, tenant, cancellationToken);
        await db.Execute(
            Sql.Of<CreateAllocationHandler>("CreateConstraint"),
            new
            {
                constraintId = Guid.CreateVersion7(),
                args.id,
                providerId = provider.Id,
                tenantId = tenant.Id,
                resourceType = constraint.ResourceType.ToString(),
                constraint.ResourceTypeId,
                constraintType = constraint.ConstraintType.ToString(),
                constraint.ConstraintValue,
                derived = given.BlockId,
                typeName = given.TypeName,
                blockName = given.BlockName,
                args.now,
            },
            cancellationToken);
        await ComputeModule.AllocationHistory.Append(
            db, args.id, nameof(AllocationStatus.Registered), "Allocation is registered", args.now, cancellationToken);
        await mediator.Publish(new AllocationCreated(args.id, tenant.Id, request.SiteId.Value), cancellationToken);
        return args.id;
    }

    /// <summary>Machines of the provider's instance type at the site, as many as are not promised yet: its lock decides who gets the last.</summary>
    private async Task<Given> Reserve(AllocationConstraintCreateRequest constraint, ProviderRef provider, Guid siteId, CancellationToken ct)
    {
        if (constraint.ConstraintType != AllocationConstraintType.Reserved)
        {
            throw Invalid("constraintType", "must be Reserved for machines");
        }

        var type = await types.Lock(constraint.ResourceTypeId!.Value, ct);
        if (type is null || type.InfrastructureProviderId != provider.Id)
        {
            throw Invalid("resourceTypeId", $"instance type {constraint.ResourceTypeId} does not exist");
        }

        if (type.SiteId != siteId)
        {
            throw Invalid("resourceTypeId", $"instance type {type.Id} is at another site");
        }

        if (type.Status == InstanceTypeStatus.Deleting)
        {
            throw Problem.Conflict($"Instance type {type.Id} is Deleting");
        }

        var left = await capacities.Left(type.Id, ct);
        return constraint.ConstraintValue!.Value <= left
            ? new Given(null, type.Name, null)
            : throw Problem.Conflict($"Instance type {type.Id} has {left} machines that are not allocated, fewer than {constraint.ConstraintValue}");
    }

    /// <summary>A part of the provider's own block at the site; 400 for any other block.</summary>
    private async Task<Given> Carve(
        CreateAllocation request, AllocationConstraintCreateRequest constraint, ProviderRef provider, TenantRef tenant, CancellationToken ct)
    {
        var block = await blocks.Find(constraint.ResourceTypeId!.Value, ct);
        if (block is null || block.InfrastructureProviderId != provider.Id)
        {
            throw Invalid("resourceTypeId", $"IP block {constraint.ResourceTypeId} does not exist");
        }

        if (block.SiteId != request.SiteId)
        {
            throw Invalid("resourceTypeId", $"IP block {block.Id} is at another site");
        }

        if (block.TenantId is not null)
        {
            throw Invalid("resourceTypeId", $"IP block {block.Id} was given to a tenant: nothing can be given from it");
        }

        var granted = await blocks.Carve(
            new GrantOrder
            {
                SourceBlockId = block.Id,
                TenantId = tenant.Id,
                Name = request.Name!,
                Description = request.Description,
                PrefixLength = constraint.ConstraintValue!.Value,
                CreatedBy = caller.UserId,
            },
            ct);
        return new Given(granted.Id, null, granted.SourceName);
    }

    private static Problem Invalid(string field, string message) =>
        ValidationProblem.From([new ValidationFailure($"allocationConstraints[0].{field}", message)]);

    /// <summary>What is given: the tenant's new block, or machines; with the name of what it is given from.</summary>
    private sealed record Given(Guid? BlockId, string? TypeName, string? BlockName);
}
