using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Allocations.GetAllocation;

internal sealed class GetAllocationHandler(ActingAs acting, Db db, AllocationAnswers answers)
    : IRequestHandler<GetAllocation, AllocationResponse>
{
    public async Task<AllocationResponse> Handle(GetAllocation request, CancellationToken cancellationToken)
    {
        var ids = await acting.Ids(cancellationToken);
        var args = new { request.AllocationId, ids.ProviderId, ids.TenantId, request.Entries };
        var allocation = await db.OneOrNone<Allocation>(Sql.Of<GetAllocationHandler>("GetAllocation"), args, cancellationToken)
            ?? throw Problem.NotFound("Allocation", request.AllocationId);
        return (await answers.Of([allocation], request.IncludeRelation, cancellationToken))[0];
    }
}
