using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.Networking.Vpcs.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Limits;
using Nico.SiteLink;

namespace Nico.Networking.Vpcs.CreateVpc;

internal sealed class CreateVpcHandler(
    ActingAs acting, Caller caller, Db db, VpcAtSite vpcs, ISites sites, ISiteCommands commands, ObjectLimits limits, TimeProvider clock)
    : IRequestHandler<CreateVpc, Guid>
{
    public async Task<Guid> Handle(CreateVpc request, CancellationToken cancellationToken)
    {
        var tenant = await acting.Tenant(NotYet.Forbidden, cancellationToken);
        await limits.Require("Vpc", tenant.Id, Sql.Of<CreateVpcHandler>("CountOwned"), 1, cancellationToken);
        var site = await sites.RequireUsable(request.SiteId!.Value, tenant.Id, "siteId", cancellationToken);
        References.RequireNoSecurityGroup(request.NetworkSecurityGroupId is { } group ? [group] : [], "networkSecurityGroupId");
        var type = TypeAt(site, request);
        RequireRoutingProfileAllowed(request, tenant, site, type);
        RequireNvLinkAllowed(request, site);
        var now = clock.Now();
        var vpc = new Vpc
        {
            Id = request.Id ?? Guid.CreateVersion7(),
            Name = request.Name!,
            Description = request.Description,
            Org = tenant.Org,
            TenantId = tenant.Id,
            SiteId = site.Id,
            InfrastructureProviderId = site.InfrastructureProviderId,
            NetworkVirtualizationType = type,
            RoutingProfile = RoutingProfiles.ToSite(request.RoutingProfile),
            RequestedVni = request.Vni,
            Labels = request.Labels,
            Status = VpcStatus.Pending,
            Created = now,
            Updated = now,
        };
        var isMade = await Insert(vpc, cancellationToken);
        await vpcs.RequireName(db, isTaken: true, vpc.Id, vpc.TenantId, vpc.SiteId, vpc.Name, cancellationToken);
        if (!isMade)
        {
            // What has the id, and whose it is, is nobody else's business.
            throw Problem.Conflict($"The id {vpc.Id} is in use: choose another", vpc.Id);
        }

        await NetworkingModule.VpcHistory.Append(db, vpc.Id, nameof(VpcStatus.Pending), "VPC is on its way to its site", now, cancellationToken);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = site.Id,
                Kind = NetworkingKinds.Vpc,
                ResourceId = vpc.Id.ToString(),
                Operation = SiteOperation.Create,
                After = [(HardwareKinds.Tenant, tenant.Org)],
            },
            cancellationToken);
        return vpc.Id;
    }

    private static NetworkVirtualizationType TypeAt(SiteRef site, CreateVpc request)
    {
        var type = request.NetworkVirtualizationType is { } asked
            ? Enum.Parse<NetworkVirtualizationType>(asked.ToString())
            : site.Capabilities.NativeNetworking ? NetworkVirtualizationType.FNN : NetworkVirtualizationType.ETHERNET_VIRTUALIZER;
        return type == NetworkVirtualizationType.FNN && !site.Capabilities.NativeNetworking
            ? throw Problem.Invalid("networkVirtualizationType", $"site {site.Id} has no native networking, which FNN needs")
            : type;
    }

    private static void RequireRoutingProfileAllowed(CreateVpc request, TenantRef tenant, SiteRef site, NetworkVirtualizationType type)
    {
        if (request.RoutingProfile is null)
        {
            return;
        }

        if (!tenant.Privileged.Has(site.InfrastructureProviderId, site.Id))
        {
            throw Problem.Forbidden("A routing profile is for tenants that may create instances on machines of their choice at the site");
        }

        if (type != NetworkVirtualizationType.FNN)
        {
            throw Problem.Invalid("routingProfile", "goes with the virtualization type FNN only");
        }
    }

    private static void RequireNvLinkAllowed(CreateVpc request, SiteRef site)
    {
        if (request.NvLinkLogicalPartitionId is { } partition)
        {
            if (!site.Capabilities.NvLinkPartition)
            {
                throw Problem.Invalid("nvLinkLogicalPartitionId", $"site {site.Id} has no NVLink partitions");
            }

            References.RequireNoNvLinkPartition([partition], "nvLinkLogicalPartitionId");
        }
    }

    private async Task<bool> Insert(Vpc vpc, CancellationToken ct)
    {
        var args = new
        {
            vpc.Id,
            vpc.Name,
            vpc.Description,
            vpc.Org,
            vpc.TenantId,
            vpc.SiteId,
            vpc.InfrastructureProviderId,
            type = vpc.NetworkVirtualizationType.ToString(),
            vpc.RoutingProfile,
            vpc.RequestedVni,
            vpc.Labels,
            vpc.Created,
            by = caller.UserId,
        };
        return await db.Execute(Sql.Of<CreateVpcHandler>("CreateVpc"), args, ct) > 0;
    }
}
