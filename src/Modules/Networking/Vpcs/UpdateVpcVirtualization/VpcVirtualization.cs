using MediatR;
using Nico.Hardware.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Vpcs.UpdateVpcVirtualization;

/// <summary>A VPC that is to be made another way, whether its tenant orders it or an operator has a refused order tried again.</summary>
internal sealed class VpcVirtualization(Db db, VpcRows rows, ISites sites, IMediator mediator, TimeProvider clock)
{
    /// <summary>
    /// The VPC, which is locked, is Configuring until its site has made it FNN; 400 when it is no Ready VPC with nothing in it, or when the
    /// site has no routed networks. The lock keeps networks and instances from coming into it meanwhile.
    /// </summary>
    public async Task<Vpc> Begin(Vpc vpc, CancellationToken ct)
    {
        if (vpc.NetworkVirtualizationType == NetworkVirtualizationType.FNN)
        {
            throw Problem.Invalid("networkVirtualizationType", $"VPC {vpc.Id} is of type FNN already");
        }

        await sites.RequireUseOf(vpc.SiteId, vpc.TenantId, ct);
        await RequireRoutedNetworks(vpc.SiteId, ct);
        if (vpc.Status != VpcStatus.Ready)
        {
            throw Problem.Invalid($"VPC {vpc.Id} is {vpc.Status}, not Ready");
        }

        if (await rows.HasNetworks(vpc.Id, ct))
        {
            throw Problem.Invalid($"VPC {vpc.Id} still has subnets or VPC prefixes: delete them first");
        }

        await mediator.Publish(new VpcVirtualizationChanging(vpc.Id), ct);
        var changed = vpc with
        {
            NetworkVirtualizationType = NetworkVirtualizationType.FNN,
            Status = VpcStatus.Configuring,
            Updated = clock.Now(),
        };
        await db.Execute(Sql.Of<VpcVirtualization>("UpdateVpcVirtualization"), new { vpc.Id, changed.Updated }, ct);
        await NetworkingModule.VpcHistory.Append(db, vpc.Id, nameof(VpcStatus.Configuring), "VPC is being made FNN by its site", changed.Updated, ct);
        return changed;
    }

    private async Task RequireRoutedNetworks(Guid siteId, CancellationToken ct)
    {
        await sites.RequireRegistered(siteId, ct);
        if (await sites.Find(siteId, ct) is not { Capabilities.NativeNetworking: true })
        {
            throw Problem.Invalid("networkVirtualizationType", $"site {siteId} has no native networking, which FNN needs");
        }
    }
}
