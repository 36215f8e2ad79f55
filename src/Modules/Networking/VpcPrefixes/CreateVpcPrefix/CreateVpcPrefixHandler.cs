using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.Networking.Networks;
using Nico.Networking.VpcPrefixes.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Limits;
using Nico.SiteLink;

namespace Nico.Networking.VpcPrefixes.CreateVpcPrefix;

internal sealed class CreateVpcPrefixHandler(
    ActingAs acting, Caller caller, Db db, VpcPrefixAtSite prefixes, ISites sites, TenantNetworks networks, ISiteCommands commands,
    ObjectLimits limits, TimeProvider clock)
    : IRequestHandler<CreateVpcPrefix, Guid>
{
    public async Task<Guid> Handle(CreateVpcPrefix request, CancellationToken cancellationToken)
    {
        var tenant = await acting.Tenant(NotYet.Invalid, cancellationToken);
        await limits.Require("VpcPrefix", tenant.Id, Sql.Of<CreateVpcPrefixHandler>("CountOwned"), 1, cancellationToken);
        var vpc = await networks.HoldReadyVpc(request.VpcId!.Value, tenant.Id, cancellationToken);
        if (vpc.NetworkVirtualizationType != NetworkVirtualizationType.FNN)
        {
            throw Problem.Invalid("vpcId", $"VPC {vpc.Id} is not of type FNN: it has no VPC prefixes");
        }

        await sites.RequireRegistered(vpc.SiteId, cancellationToken);
        var id = Guid.CreateVersion7();
        var (block, part) = await networks.Carve(
            request.IpBlockId!.Value, "ipBlockId", tenant.Id, vpc.SiteId, request.PrefixLength!.Value, NetworkingKinds.VpcPrefix, id, cancellationToken);
        var now = clock.Now();
        var prefix = new VpcPrefix
        {
            Id = id,
            Name = request.Name!,
            TenantId = tenant.Id,
            SiteId = vpc.SiteId,
            VpcId = vpc.Id,
            IpBlockId = block.Id,
            Prefix = part.ToString(),
            Status = VpcPrefixStatus.Ready,
            Created = now,
            Updated = now,
        };
        await prefixes.RequireName(db, isTaken: await Insert(prefix, cancellationToken), id, prefix.TenantId, prefix.SiteId, prefix.Name, cancellationToken);
        await NetworkingModule.VpcPrefixHistory.Append(db, id, nameof(VpcPrefixStatus.Ready), "VPC prefix is ready for use", now, cancellationToken);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = vpc.SiteId,
                Kind = NetworkingKinds.VpcPrefix,
                ResourceId = id.ToString(),
                Operation = SiteOperation.Create,
                After = [(NetworkingKinds.Vpc, vpc.Id.ToString())],
            },
            cancellationToken);
        return id;
    }

    private async Task<bool> Insert(VpcPrefix prefix, CancellationToken ct)
    {
        var args = new
        {
            prefix.Id,
            prefix.Name,
            prefix.TenantId,
            prefix.SiteId,
            prefix.VpcId,
            prefix.IpBlockId,
            prefix.Prefix,
            prefix.Created,
            by = caller.UserId,
        };
        return await db.Execute(Sql.Of<CreateVpcPrefixHandler>("CreateVpcPrefix"), args, ct) > 0;
    }
}
