using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;

namespace Nico.Compute.Instances.GetInstance;

internal sealed class GetInstanceHandler(Caller caller, IOrganizations organizations, InstanceRows rows, InstanceAnswers answers)
    : IRequestHandler<GetInstance, InstanceResponse>
{
    public async Task<InstanceResponse> Handle(GetInstance request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 403, cancellationToken);
        var instance = await rows.OfTenant(request.InstanceId, tenant.Id, cancellationToken) ?? throw Problem.NotFound("Instance", request.InstanceId);
        return (await answers.Of([instance], request.IncludeRelation, cancellationToken))[0];
    }
}
