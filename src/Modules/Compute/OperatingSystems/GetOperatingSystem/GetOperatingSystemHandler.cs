using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;

namespace Nico.Compute.OperatingSystems.GetOperatingSystem;

internal sealed class GetOperatingSystemHandler(Caller caller, IOrganizations organizations, OperatingSystemRows rows, OperatingSystemAnswers answers)
    : IRequestHandler<GetOperatingSystem, OperatingSystemResponse>
{
    public async Task<OperatingSystemResponse> Handle(GetOperatingSystem request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 400, cancellationToken);
        var system = await rows.OfTenant(request.OperatingSystemId, tenant.Id, cancellationToken);
        return (await answers.Of([system], request.IncludeRelation, request.Entries, [], cancellationToken))[0];
    }
}
