using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.OperatingSystems.GetOperatingSystem;

internal sealed class GetOperatingSystemHandler(ActingAs acting, Db db, OperatingSystemAnswers answers)
    : IRequestHandler<GetOperatingSystem, OperatingSystemResponse>
{
    public async Task<OperatingSystemResponse> Handle(GetOperatingSystem request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Invalid, cancellationToken);
        var args = new { request.OperatingSystemId, tenantId, request.Entries };
        var system = await db.OneOrNone<OperatingSystem>(Sql.Of<GetOperatingSystemHandler>("GetOperatingSystem"), args, cancellationToken)
            ?? throw Problem.NotFound("Operating system", request.OperatingSystemId);
        return (await answers.Of([system], request.IncludeRelation, [], cancellationToken))[0];
    }
}
