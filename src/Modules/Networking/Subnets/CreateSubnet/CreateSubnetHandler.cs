using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.Networking.Networks;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Limits;
using Nico.SiteLink;

namespace Nico.Networking.Subnets.CreateSubnet;

internal sealed class CreateSubnetHandler(
    ActingAs acting, Caller caller, Db db, SubnetRows rows, ISites sites, TenantNetworks networks, ISiteCommands commands, ObjectLimits limits, TimeProvider clock)
    : IRequestHandler<CreateSubnet, Guid>
{
    public async Task<Guid> Handle(CreateSubnet request, CancellationToken cancellationToken)
    {
        var tenant = await acting.Tenant(NotYet.Invalid, cancellationToken);
        await limits.Require("Subnet", tenant.Id, Sql.Of<CreateSubnetHandler>("CountOwned"), 1, cancellationToken);
        var vpc = await networks.HoldReadyVpc(request.VpcId!.Value, tenant.Id, cancellationToken);
        if (vpc.NetworkVirtualizationType is not (null or NetworkVirtualizationType.ETHERNET_VIRTUALIZER))
        {
            throw Problem.Invalid("vpcId", $"VPC {vpc.Id} is not of type ETHERNET_VIRTUALIZER: it has no subnets");
        }

        await sites.RequireRegistered(vpc.SiteId, cancellationToken);
        var id = Guid.CreateVersion7();
        var (block, part) = await networks.Carve(
            request.Ipv4BlockId!.Value, "ipv4BlockId", tenant.Id, vpc.SiteId, request.PrefixLength!.Value, NetworkingKinds.Subnet, id, cancellationToken);
        var now = clock.Now();
        var subnet = new Subnet
        {
            Id = id,
            Name = request.Name!,
            Description = request.Description,
            TenantId = tenant.Id,
            SiteId = vpc.SiteId,
            VpcId = vpc.Id,
            Ipv4BlockId = block.Id,
            RoutingType = block.RoutingType,
            Prefix = part.ToString(),
            Status = SubnetStatus.Pending,
            Created = now,
            Updated = now,
        };
        await Insert(subnet, cancellationToken);
        await NetworkingModule.SubnetHistory.Append(db, id, nameof(SubnetStatus.Pending), "Subnet is on its way to its site", now, cancellationToken);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = vpc.SiteId,
                Kind = NetworkingKinds.Subnet,
                ResourceId = id.ToString(),
                Operation = SiteOperation.Create,
                After = [(NetworkingKinds.Vpc, vpc.Id.ToString())],
            },
            cancellationToken);
        return id;
    }

    private async Task Insert(Subnet subnet, CancellationToken ct)
    {
        var args = new
        {
            subnet.Id,
            subnet.Name,
            subnet.Description,
            subnet.TenantId,
            subnet.SiteId,
            subnet.VpcId,
            subnet.Ipv4BlockId,
            routingType = subnet.RoutingType.ToString(),
            subnet.Prefix,
            subnet.Created,
            by = caller.UserId,
        };
        if (await db.Execute(Sql.Of<CreateSubnetHandler>("CreateSubnet"), args, ct) == 0)
        {
            throw await rows.NameTaken(subnet, ct);
        }
    }
}
