using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.Vpcs.UpdateVpc;

internal sealed class UpdateVpcHandler(
    ActingAs acting, Db db, VpcRows rows, ISites sites, ISiteCommands commands, TimeProvider clock)
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
            Revision = vpc.Revision + 1,
            Updated = clock.Now(),
            Undo = AtSite.VpcAtSite.Changes.Undoing(
                vpc.Id, vpc.Undo, new Replaced { Revision = vpc.Revision, Name = vpc.Name, Description = vpc.Description, Labels = vpc.Labels }),
        };
        await Write(changed, vpc.IsToldToSite, cancellationToken);
        if (vpc.IsToldToSite)
        {
            await commands.Enqueue(AtSite.VpcAtSite.Changes.Command(vpc.Id, vpc.SiteId, changed.Revision), cancellationToken);
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

    private async Task Write(Vpc vpc, bool isTold, CancellationToken ct)
    {
        var args = new
        {
            vpc.Id,
            vpc.TenantId,
            vpc.SiteId,
            vpc.Name,
            vpc.Description,
            vpc.Labels,
            vpc.Revision,
            undo = isTold ? vpc.Undo : null,
            vpc.Updated,
        };
        if (!await db.Claims(Sql.Of<UpdateVpcHandler>("UpdateVpc"), args, ct))
        {
            throw await rows.NameTaken(vpc, ct);
        }

        await AtSite.VpcAtSite.Changes.RequireNotPromised(db, vpc.Id, vpc.TenantId, vpc.SiteId, vpc.Name, ct);
    }
}
