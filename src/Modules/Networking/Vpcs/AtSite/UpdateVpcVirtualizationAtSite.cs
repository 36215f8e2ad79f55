using Google.Protobuf;
using Nico.Networking.Vpcs.UpdateVpcVirtualization;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Networking.Vpcs.AtSite;

/// <summary>
/// A VPC that is made another way at its site. A kind of its own: a change of the VPC's name must not take the place of one that was
/// never sent. Source: spec/21-vpc.md, section 2.
/// </summary>
internal sealed class UpdateVpcVirtualizationAtSite(VpcAtSite vpcs, VpcVirtualization virtualization, TimeProvider clock) : SiteCommandHandler
{
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await vpcs.Row(call.Db, call.Id, ct) is null
        ? null
        : await call.Core.UpdateVpcVirtualizationAsync(
            new VpcUpdateVirtualizationRequest
            {
                Id = new VpcId { Value = call.Command.ResourceId },
                NetworkVirtualizationType = VpcVirtualizationType.Fnn,
            },
            cancellationToken: ct);

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await vpcs.Find(call.Core, call.Command.ResourceId, ct) is { HasNetworkVirtualizationType: true, NetworkVirtualizationType: VpcVirtualizationType.Fnn } found
            ? new SiteReadBack(true, found)
            : new SiteReadBack(false);

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (await Settle(call, isTaken: true, ct) is { } status)
        {
            await NetworkingModule.VpcHistory.Append(call.Db, call.Id, status, "VPC is FNN at its site", clock.Now(), ct);
        }
    }

    /// <summary>What the site has is what counts, whether a request still waits or not: the VPC is what it was.</summary>
    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        if (await Settle(call, isTaken: false, ct) is { } status)
        {
            await NetworkingModule.VpcHistory.Append(call.Db, call.Id, status, $"The site refused to make the VPC FNN: {refusal.Reason}", clock.Now(), ct);
        }
    }

    /// <summary>The change is begun again, if the VPC could still be changed.</summary>
    public override async Task Retried(SiteCall call, CancellationToken ct) => await virtualization.Begin(
        await call.Db.OneOrNone<Vpc>(Sql.Of<UpdateVpcVirtualizationAtSite>("LockVpc"), new { id = call.Id }, ct)
            ?? throw Problem.Conflict("The VPC does not exist any more"),
        ct);

    private Task<string?> Settle(SiteCall call, bool isTaken, CancellationToken ct) =>
        call.Db.OneOrNone<string>(Sql.Of<UpdateVpcVirtualizationAtSite>("SettleVirtualization"), new { id = call.Id, isTaken, now = clock.Now() }, ct);
}
