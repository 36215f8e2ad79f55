using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.OperatingSystems.GetOperatingSystem;

internal sealed class GetOperatingSystemHandler(Caller caller, Db db, IOrganizations organizations, OperatingSystemAnswers answers)
    : IRequestHandler<GetOperatingSystem, OperatingSystemResponse>
{
    public async Task<OperatingSystemResponse> Handle(GetOperatingSystem request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 400, cancellationToken);
        var args = new { request.OperatingSystemId, tenantId = tenant.Id };
        var system = await db.OneOrNone<OperatingSystem>(Sql.Of<GetOperatingSystemHandler>("GetOperatingSystem"), args, cancellationToken)
            ?? throw Problem.NotFound("Operating system", request.OperatingSystemId);
        return (await answers.Of([system], request.IncludeRelation, cancellationToken))[0];
    }
}
