using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;

namespace Nico.Compute.InstanceTypes.GetInstanceType;

internal sealed class GetInstanceTypeHandler(
    Caller caller, IOrganizations organizations, ISites sites, InstanceTypeRows rows, InstanceTypeAnswers answers)
    : IRequestHandler<GetInstanceType, InstanceTypeResponse>
{
    public async Task<InstanceTypeResponse> Handle(GetInstanceType request, CancellationToken cancellationToken)
    {
        var sides = await Sides.Of(caller, organizations, cancellationToken);
        var showsMachines = request.IncludeMachineAssociation is true || request.IncludeMachineAssignment is true;
        if (showsMachines && sides.Provider is null)
        {
            throw Problem.Forbidden("The machines of an instance type are its provider's business");
        }

        var type = await rows.Find(request.InstanceTypeId, cancellationToken);
        var isOwner = type is not null && type.InfrastructureProviderId == sides.Provider?.Id;
        if (type is null || !(isOwner || (sides.Tenant is { } tenant && await sites.IsUsedBy(type.SiteId, tenant.Id, cancellationToken))))
        {
            throw Problem.NotFound("Instance type", request.InstanceTypeId);
        }

        if (showsMachines && !isOwner)
        {
            throw Problem.Forbidden("The machines of an instance type are its provider's business");
        }

        var view = new InstanceTypeView
        {
            Relations = request.IncludeRelation,
            MachinesFor = showsMachines ? sides.Provider!.Id : null,
            Stats = request.IncludeAllocationStats is true,
            StatsOf = isOwner ? null : sides.Tenant!.Id,
            Entries = request.Entries,
        };
        return (await answers.Of([type], view, cancellationToken))[0];
    }
}
