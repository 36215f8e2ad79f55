using FluentValidation.Results;
using MediatR;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Http;

namespace Nico.Compute.Allocations.CreateAllocation;

internal sealed class CreateAllocationHandler(
    Caller caller,
    Db db,
    IOrganizations organizations,
    ISites sites,
    IIpBlockGrants blocks,
    IMediator mediator,
    AllocationAnswers answers,
    TimeProvider clock) : IRequestHandler<CreateAllocation, AllocationResponse>
{
    public async Task<AllocationResponse> Handle(CreateAllocation request, CancellationToken cancellationToken)
    {
        var provider = await organizations.RequireProvider(caller, 400, cancellationToken);
        await sites.RequireVisible([request.SiteId!.Value], provider.Id, null, "siteId", cancellationToken);
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
            var other = await db.OneOrNone<Guid?>(Sql.Of<CreateAllocationHandler>("IdOfName"), args, cancellationToken);
            throw Problem.Conflict($"The tenant has an allocation named '{request.Name}' at this site already", other ?? args.id);
        }

        var source = await Source(constraint, provider, request.SiteId.Value, cancellationToken);
        var granted = await blocks.Carve(
            new GrantOrder
            {
                SourceBlockId = source.Id,
                TenantId = tenant.Id,
                Name = request.Name!,
                Description = request.Description,
                PrefixLength = constraint.ConstraintValue!.Value,
                CreatedBy = caller.UserId,
            },
            cancellationToken);
        await db.Execute(
            Sql.Of<CreateAllocationHandler>("CreateConstraint"),
            new
            {
                constraintId = Guid.CreateVersion7(),
                args.id,
                resourceType = constraint.ResourceType.ToString(),
                constraint.ResourceTypeId,
                constraintType = constraint.ConstraintType.ToString(),
                constraint.ConstraintValue,
                derived = granted.Id,
                blockName = granted.SourceName,
                args.now,
            },
            cancellationToken);
        await ComputeModule.History.Append(
            db, args.id, nameof(AllocationStatus.Registered), "Allocation is registered", args.now, cancellationToken);
        await mediator.Publish(new AllocationCreated(args.id, tenant.Id, request.SiteId.Value), cancellationToken);
        var made = await db.One<Allocation>(
            Sql.Of<GetAllocation.GetAllocationHandler>("GetAllocation"),
            new { allocationId = args.id, providerId = provider.Id, tenantId = (Guid?)null },
            cancellationToken);
        return (await answers.Of([made], [], cancellationToken))[0];
    }

    /// <summary>The provider's own block at the site that is given from; 400 for anything else, instance types too: there are none yet.</summary>
    private async Task<IpBlockRef> Source(AllocationConstraintCreateRequest constraint, ProviderRef provider, Guid siteId, CancellationToken ct)
    {
        if (constraint.ResourceType == AllocationResourceType.InstanceType)
        {
            throw constraint.ConstraintType == AllocationConstraintType.Reserved
                ? Invalid("resourceTypeId", $"instance type {constraint.ResourceTypeId} does not exist")
                : Invalid("constraintType", "must be Reserved for machines");
        }

        var block = await blocks.Find(constraint.ResourceTypeId!.Value, ct);
        return block is null || block.InfrastructureProviderId != provider.Id
            ? throw Invalid("resourceTypeId", $"IP block {constraint.ResourceTypeId} does not exist")
            : block.SiteId != siteId ? throw Invalid("resourceTypeId", $"IP block {block.Id} is at another site")
            : block.TenantId is not null ? throw Invalid("resourceTypeId", $"IP block {block.Id} was given to a tenant: nothing can be given from it")
            : block;
    }

    private static Problem Invalid(string field, string message) =>
        ValidationProblem.From([new ValidationFailure($"allocationConstraints[0].{field}", message)]);
}
