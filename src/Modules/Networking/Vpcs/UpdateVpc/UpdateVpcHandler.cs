using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Vpcs.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.Vpcs.UpdateVpc;

internal sealed class UpdateVpcHandler(
    ActingAs acting, Db db, VpcRows rows, VpcAtSite vpcs, ISites sites, ISiteCommands commands, TimeProvider clock)
    : IRequestHandler<UpdateVpc, Guid>
{
    public async Task<Guid> Handle(UpdateVpc request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Forbidden, cancellationToken);
        var vpc = await rows.Lock(request.VpcId, tenantId, cancellationToken);
        await sites.RequireUseOf(vpc.SiteId, tenantId, cancellationToken);
        if (vpc.Status == VpcStatus.Deleting)
        {
            throw Problem.Conflict($"VPC {vpc.Id} is Deleting");
        }

        References.RequireNoSecurityGroup(request.NetworkSecurityGroupId is null or "" ? [] : [request.NetworkSecurityGroupId], "networkSecurityGroupId");
        await RequireNvLinkAllowed(request, vpc.SiteId, cancellationToken);
        var changed = vpc with
        {
            Name = request.Name ?? vpc.Name,
            Description = request.Description ?? vpc.Description,
            Labels = request.Labels ?? vpc.Labels,
            Updated = clock.Now(),
        };
        var command = vpc.IsToldToSite ? await vpcs.BeginChange(db, vpc.Id, cancellationToken) : null;
        var isTaken = await db.Claims(Sql.Of<UpdateVpcHandler>("UpdateVpc"), changed, cancellationToken);
        await vpcs.RequireName(db, isTaken, vpc.Id, vpc.TenantId, vpc.SiteId, changed.Name, cancellationToken);
        if (command is not null)
        {
            await commands.Enqueue(command, cancellationToken);
        }

        return vpc.Id;
    }

    private async Task RequireNvLinkAllowed(UpdateVpc request, Guid siteId, CancellationToken ct)
    {
        if (request.NvLinkLogicalPartitionId is not { } partition)
        {
            return;
        }

        if (await sites.Find(siteId, ct) is not { Capabilities.NvLinkPartition: true })
        {
            throw Problem.Invalid("nvLinkLogicalPartitionId", $"site {siteId} has no NVLink partitions");
        }

        References.RequireNoNvLinkPartition(partition.Length == 0 ? [] : [Guid.Parse(partition)], "nvLinkLogicalPartitionId");
    }
}
