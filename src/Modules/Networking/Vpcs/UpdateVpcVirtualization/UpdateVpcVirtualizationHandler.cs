using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Networking.Vpcs.UpdateVpcVirtualization;

internal sealed class UpdateVpcVirtualizationHandler(
    Caller caller,
    Db db,
    IOrganizations organizations,
    ISites sites,
    IMediator mediator,
    ISiteCommands commands,
    VpcAnswers answers,
    TimeProvider clock) : IRequestHandler<UpdateVpcVirtualization, VpcResponse>
{
    public async Task<VpcResponse> Handle(UpdateVpcVirtualization request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 403, cancellationToken);
        // The lock keeps networks and instances from coming into the VPC meanwhile.
        var vpc = await db.OneOrNone<Vpc>(Sql.Of<DeleteVpc.DeleteVpcHandler>("LockVpc"), new { request.VpcId, tenantId = tenant.Id }, cancellationToken)
            ?? throw Problem.NotFound("VPC", request.VpcId);
        if (vpc.NetworkVirtualizationType == NetworkVirtualizationType.FNN)
        {
            throw Problem.Invalid("networkVirtualizationType", $"VPC {vpc.Id} is of type FNN already");
        }

        await sites.RequireUseOf(vpc.SiteId, tenant.Id, cancellationToken);
        await RequireRoutedNetworks(vpc.SiteId, cancellationToken);
        if (vpc.Status != VpcStatus.Ready)
        {
            throw Problem.Invalid($"VPC {vpc.Id} is {vpc.Status}, not Ready");
        }

        if (await db.One<bool>(Sql.Of<DeleteVpc.DeleteVpcHandler>("HasNetworks"), new { request.VpcId }, cancellationToken))
        {
            throw Problem.Invalid($"VPC {vpc.Id} still has subnets or VPC prefixes: delete them first");
        }

        await mediator.Publish(new VpcVirtualizationChanging(vpc.Id), cancellationToken);
        var changed = vpc with
        {
            NetworkVirtualizationType = NetworkVirtualizationType.FNN,
            Status = VpcStatus.Configuring,
            Updated = clock.Now(),
        };
        await db.Execute(Sql.Of<UpdateVpcVirtualizationHandler>("UpdateVpcVirtualization"), new { vpc.Id, changed.Updated }, cancellationToken);
        await NetworkingModule.History.Append(
            db, vpc.Id, nameof(VpcStatus.Configuring), "VPC is being made FNN by its site", changed.Updated, cancellationToken);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = vpc.SiteId,
                Kind = NetworkingKinds.VpcVirtualization,
                ResourceId = vpc.Id.ToString(),
                Operation = SiteOperation.Update,
                After = [(NetworkingKinds.Vpc, vpc.Id.ToString())],
            },
            cancellationToken);
        return (await answers.Of([changed], [], StatusHistory.ShownAfterUpdate, cancellationToken))[0];
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
