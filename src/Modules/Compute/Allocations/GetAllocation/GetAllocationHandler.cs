using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Allocations.GetAllocation;

internal sealed class GetAllocationHandler(Caller caller, Db db, IOrganizations organizations, AllocationAnswers answers)
    : IRequestHandler<GetAllocation, AllocationResponse>
{
    public async Task<AllocationResponse> Handle(GetAllocation request, CancellationToken cancellationToken)
    {
        var sides = await Sides.Of(caller, organizations, cancellationToken);
        var args = new { request.AllocationId, providerId = sides.Provider?.Id, tenantId = sides.Tenant?.Id };
        var allocation = await db.OneOrNone<Allocation>(Sql.Of<GetAllocationHandler>("GetAllocation"), args, cancellationToken)
            ?? throw Problem.NotFound("Allocation", request.AllocationId);
        return (await answers.Of([allocation], request.IncludeRelation, cancellationToken, request.Entries))[0];
    }
}
