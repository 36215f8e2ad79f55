using Google.Protobuf;
using Nico.Networking.AtSite;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Networking.Vpcs.AtSite;

/// <summary>VPCs at their site: what every command and the inventory need. Source: spec/60-site-link.md, sections 6.2 and 8.2.</summary>
internal static class VpcAtSite
{
    public const string Kind = NetworkingKinds.Vpc;

    public static SiteObjects Objects { get; } = new("networking.vpc", Kind, "VPC");

    public static SiteChanges Changes { get; } = new("networking.vpc", Kind, "VPC", isDescribed: true);

    public static Task<Vpc?> Row(SiteCall call, CancellationToken ct) =>
        call.Db.OneOrNone<Vpc>(Sql.Of<CreateVpcAtSite>("VpcById"), new { id = Guid.Parse(call.Command.ResourceId) }, ct);

    public static async Task<SiteProtocol.Forge.Vpc?> AtSite(SiteCall call, CancellationToken ct)
    {
        var found = await call.Core.FindVpcsByIdsAsync(
            new VpcsByIdsRequest { VpcIds = { new VpcId { Value = call.Command.ResourceId } } }, cancellationToken: ct);
        return found.Vpcs.FirstOrDefault();
    }

    public static Metadata Metadata(Vpc vpc) => SiteMetadata.Of(vpc.Name, vpc.Description, vpc.Labels);

    public static bool HasDrifted(Vpc row, SiteProtocol.Forge.Vpc reported) =>
        SiteMetadata.HasDrifted(reported.Metadata, row.Name, row.Description, row.Labels);
}

internal sealed class CreateVpcAtSite(TimeProvider clock) : SiteCommandHandler
{
    public override string Kind => VpcAtSite.Kind;

    public override SiteOperation Operation => SiteOperation.Create;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct)
    {
        if (await VpcAtSite.Row(call, ct) is not { } vpc)
        {
            return null;
        }

        var request = new VpcCreationRequest
        {
            Id = new VpcId { Value = vpc.Id.ToString() },
            Name = vpc.Name,
            TenantOrganizationId = vpc.Org,
            Metadata = VpcAtSite.Metadata(vpc),
        };
        if (vpc.NetworkVirtualizationType is { } type)
        {
            request.NetworkVirtualizationType = type switch
            {
                Contracts.NetworkVirtualizationType.FNN => VpcVirtualizationType.Fnn,
                Contracts.NetworkVirtualizationType.FLAT => VpcVirtualizationType.Flat,
                _ => VpcVirtualizationType.EthernetVirtualizer,
            };
        }

        if (vpc.RoutingProfile is not null)
        {
            request.RoutingProfileType = vpc.RoutingProfile;
        }

        if (vpc.RequestedVni is { } vni)
        {
            request.Vni = (uint)vni;
        }

        return await call.Core.CreateVpcAsync(request, cancellationToken: ct);
    }

    /// <summary>Who chooses an id gets nothing of another org by it, though the site has it and Nico does not (any more).</summary>
    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await VpcAtSite.Row(call, ct) is { } vpc && await VpcAtSite.AtSite(call, ct) is { } found && found.TenantOrganizationId == vpc.Org
            ? new SiteReadBack(true, found)
            : new SiteReadBack(false);

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (answer is not SiteProtocol.Forge.Vpc made)
        {
            return;
        }

        var id = Guid.Parse(call.Command.ResourceId);
        var now = clock.Now();
        if (made.Status is null)
        {
            await VpcAtSite.Objects.Taken(call.Db, id, nameof(VpcStatus.Provisioning), "VPC was taken by its site", now, ct);
            return;
        }

        await call.Db.Execute(Sql.Of<CreateVpcAtSite>("SetVni"), new { id, vni = made.Status.HasVni ? (int?)made.Status.Vni : null }, ct);
        await VpcAtSite.Objects.Taken(call.Db, id, nameof(VpcStatus.Ready), "VPC is ready for use", now, ct);
    }

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct) =>
        VpcAtSite.Objects.CreationRefused(call, refusal, clock.Now(), ct);

    public override Task Retried(SiteCall call, CancellationToken ct) => VpcAtSite.Objects.Set(
        call.Db, Guid.Parse(call.Command.ResourceId), nameof(VpcStatus.Pending), "VPC is on its way to its site again", clock.Now(), ct);
}

internal sealed class UpdateVpcAtSite(ISiteCommands commands, TimeProvider clock) : SiteCommandHandler
{
    public override string Kind => VpcAtSite.Kind;

    public override SiteOperation Operation => SiteOperation.Update;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await VpcAtSite.Row(call, ct) is { } vpc
        ? await call.Core.UpdateVpcAsync(
            new VpcUpdateRequest { Id = new VpcId { Value = vpc.Id.ToString() }, Metadata = VpcAtSite.Metadata(vpc) }, cancellationToken: ct)
        : null;

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await VpcAtSite.Row(call, ct) is { } row && await VpcAtSite.AtSite(call, ct) is { } found && !VpcAtSite.HasDrifted(row, found)
            ? new SiteReadBack(true, found)
            : new SiteReadBack(false);

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) => VpcAtSite.Changes.Taken(call, clock.Now(), ct);

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct) =>
        VpcAtSite.Changes.Refused(call, commands, refusal, clock.Now(), ct);

    public override Task Retried(SiteCall call, CancellationToken ct) => Task.CompletedTask;
}

internal sealed class DeleteVpcAtSite(ISiteCommands commands, TimeProvider clock) : SiteCommandHandler
{
    public override string Kind => VpcAtSite.Kind;

    public override SiteOperation Operation => SiteOperation.Delete;

    /// <summary>What the site never took of Nico may be another org's, by an id that the caller chose: that stays.</summary>
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) =>
        await VpcAtSite.Row(call, ct) is { AtSite: false } vpc && await VpcAtSite.AtSite(call, ct) is { } found && found.TenantOrganizationId != vpc.Org
            ? null
            : await call.Core.DeleteVpcAsync(new VpcDeletionRequest { Id = new VpcId { Value = call.Command.ResourceId } }, cancellationToken: ct);

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) => new(await VpcAtSite.AtSite(call, ct) is null);

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) =>
        VpcAtSite.Objects.DeletionTaken(call, isThere: answer is not null, clock.Now(), ct);

    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        await VpcAtSite.Objects.DeletionRefused(call, refusal, clock.Now(), ct);
        await VpcAtSite.Changes.Resume(call, commands, ct);
    }

    public override Task Retried(SiteCall call, CancellationToken ct) => VpcAtSite.Objects.DeletionRetried(call, clock.Now(), ct);
}
