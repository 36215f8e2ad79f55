using Google.Protobuf;
using Nico.Networking.AtSite;
using Nico.Networking.Contracts;
using Nico.Networking.Networks;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Networking.VpcPrefixes.AtSite;

/// <summary>VPC prefixes at their site. Source: spec/60-site-link.md, sections 6.3 and 8.3.</summary>
internal static class VpcPrefixAtSite
{
    public const string Kind = NetworkingKinds.VpcPrefix;

    public static SiteObjects Objects { get; } = new("networking.vpc_prefix", Kind, "VPC prefix");

    public static SiteChanges Changes { get; } = new("networking.vpc_prefix", Kind, "VPC prefix", isDescribed: false);

    public static Task<VpcPrefix?> Row(SiteCall call, CancellationToken ct) =>
        call.Db.OneOrNone<VpcPrefix>(Sql.Of<CreateVpcPrefixAtSite>("VpcPrefixById"), new { id = Guid.Parse(call.Command.ResourceId) }, ct);

    public static async Task<SiteProtocol.Forge.VpcPrefix?> AtSite(SiteCall call, CancellationToken ct)
    {
        var found = await call.Core.GetVpcPrefixesAsync(
            new VpcPrefixGetRequest { VpcPrefixIds = { new VpcPrefixId { Value = call.Command.ResourceId } } }, cancellationToken: ct);
        return found.VpcPrefixes.FirstOrDefault();
    }
}

internal sealed class CreateVpcPrefixAtSite(TenantNetworks networks, TimeProvider clock) : SiteCommandHandler
{
    public override string Kind => VpcPrefixAtSite.Kind;

    public override SiteOperation Operation => SiteOperation.Create;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await VpcPrefixAtSite.Row(call, ct) is { } prefix
        ? await call.Core.CreateVpcPrefixAsync(
            new VpcPrefixCreationRequest
            {
                Id = new VpcPrefixId { Value = prefix.Id.ToString() },
                VpcId = new VpcId { Value = prefix.VpcId.ToString() },
                Config = new VpcPrefixConfig { Prefix = prefix.Prefix },
                Metadata = new Metadata { Name = prefix.Name },
            },
            cancellationToken: ct)
        : null;

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await VpcPrefixAtSite.AtSite(call, ct) is { } found ? new SiteReadBack(true, found) : new SiteReadBack(false);

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (answer is not null)
        {
            await VpcPrefixAtSite.Objects.Taken(
                call.Db, Guid.Parse(call.Command.ResourceId), nameof(VpcPrefixStatus.Ready), "VPC prefix is ready for use", clock.Now(), ct);
        }
    }

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct) =>
        VpcPrefixAtSite.Objects.CreationRefused(call, refusal, clock.Now(), ct);

    public override async Task Retried(SiteCall call, CancellationToken ct)
    {
        if (await VpcPrefixAtSite.Row(call, ct) is { } prefix)
        {
            await networks.TakeAgain(VpcPrefixAtSite.Kind, prefix.Id, prefix.IpBlockId, prefix.Prefix, ct);
            await VpcPrefixAtSite.Objects.Set(
                call.Db, prefix.Id, nameof(VpcPrefixStatus.Ready), "VPC prefix is on its way to its site again", clock.Now(), ct);
        }
    }
}

internal sealed class UpdateVpcPrefixAtSite(ISiteCommands commands, TimeProvider clock) : SiteCommandHandler
{
    public override string Kind => VpcPrefixAtSite.Kind;

    public override SiteOperation Operation => SiteOperation.Update;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await VpcPrefixAtSite.Row(call, ct) is { } prefix
        ? await call.Core.UpdateVpcPrefixAsync(
            new VpcPrefixUpdateRequest { Id = new VpcPrefixId { Value = prefix.Id.ToString() }, Metadata = new Metadata { Name = prefix.Name } },
            cancellationToken: ct)
        : null;

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await VpcPrefixAtSite.Row(call, ct) is { } row && await VpcPrefixAtSite.AtSite(call, ct) is { Metadata: { } metadata } found && metadata.Name == row.Name
            ? new SiteReadBack(true, found)
            : new SiteReadBack(false);

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) => VpcPrefixAtSite.Changes.Taken(call, clock.Now(), ct);

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct) =>
        VpcPrefixAtSite.Changes.Refused(call, commands, refusal, clock.Now(), ct);

    public override Task Retried(SiteCall call, CancellationToken ct) => Task.CompletedTask;
}

internal sealed class DeleteVpcPrefixAtSite(ISiteCommands commands, TimeProvider clock) : SiteCommandHandler
{
    public override string Kind => VpcPrefixAtSite.Kind;

    public override SiteOperation Operation => SiteOperation.Delete;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await call.Core.DeleteVpcPrefixAsync(
        new VpcPrefixDeletionRequest { Id = new VpcPrefixId { Value = call.Command.ResourceId } }, cancellationToken: ct);

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) => new(await VpcPrefixAtSite.AtSite(call, ct) is null);

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) =>
        VpcPrefixAtSite.Objects.DeletionTaken(call, isThere: answer is not null, clock.Now(), ct);

    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        await VpcPrefixAtSite.Objects.DeletionRefused(call, refusal, clock.Now(), ct);
        await VpcPrefixAtSite.Changes.Resume(call, commands, ct);
    }

    public override Task Retried(SiteCall call, CancellationToken ct) => VpcPrefixAtSite.Objects.DeletionRetried(call, clock.Now(), ct);
}
