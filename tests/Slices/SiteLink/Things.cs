using System.Collections.Concurrent;
using Google.Protobuf;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Tests.Slices.SiteLink;

/// <summary>A resource with nothing to it but its life at a site, where it is a VPC: what a module is to the link.</summary>
internal static class Things
{
    public const string Kind = "thing";

    public const string Table = """
        create table thing (
          id text primary key,
          site_id uuid not null,
          name text not null,
          status text not null,
          at_site boolean not null default false,
          is_missing boolean not null default false,
          note text,
          touched timestamptz not null
        )
        """;
}

/// <summary>What a test wants to know of, or do to, the handlers and the inventory of things.</summary>
internal sealed class ThingProbe
{
    /// <summary>What the handlers were told, in that order.</summary>
    public ConcurrentQueue<string> Told { get; } = [];

    /// <summary>The ids that each call of Apply was given.</summary>
    public ConcurrentQueue<string[]> Applied { get; } = [];

    public int Answered;

    /// <summary>True for things whose ids are UUIDs.</summary>
    public bool HasUuids { get; set; }

    /// <summary>Thrown by Send.</summary>
    public Exception? SendFails { get; set; }

    /// <summary>Thrown by Succeeded.</summary>
    public Exception? RecordFails { get; set; }

    /// <summary>Thrown by Apply when this id is among those given.</summary>
    public string? Poison { get; set; }

    public IReadOnlyList<string> Reboots(string id) => [.. Told.Where(told => told == $"Reboot {id} sent")];
}

internal abstract class ThingHandler(ThingProbe probe, TimeProvider clock) : SiteCommandHandler
{
    protected ThingProbe Probe => probe;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct)
    {
        probe.Told.Enqueue($"{call.Command.Operation} {call.Command.ResourceId} sent");
        var name = await call.Db.OneOrNone<string>("select name from thing where id = @id", new { id = call.Command.ResourceId }, ct);
        return probe.SendFails is { } failure ? throw failure : name is null && call.Command.Operation != SiteOperation.Delete ? null : await Send(call, name ?? "", ct);
    }

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct)
    {
        var found = (await call.Core.FindVpcsByIdsAsync(new VpcsByIdsRequest { VpcIds = { new VpcId { Value = call.Command.ResourceId } } }, cancellationToken: ct))
            .Vpcs.FirstOrDefault();
        return Judge(found, await call.Db.OneOrNone<string>("select name from thing where id = @id", new { id = call.Command.ResourceId }, ct));
    }

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (probe.RecordFails is { } failure)
        {
            throw failure;
        }

        probe.Told.Enqueue($"{call.Command.Operation} {call.Command.ResourceId} succeeded{(answer is null ? " with nothing" : "")}");
        await Record(call, answer, ct);
    }

    public override async Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        probe.Told.Enqueue($"{call.Command.Operation} {call.Command.ResourceId} refused {refusal.Status}{(refusal.RequestWaits ? " at once" : "")}");
        if (refusal.RequestWaits && call.Command.Operation == SiteOperation.Create)
        {
            await call.Db.Execute("delete from thing where id = @id", new { id = call.Command.ResourceId }, ct);
        }
        else
        {
            await Set(call, "Error", refusal.Reason, ct);
        }
    }

    public override Task Retried(SiteCall call, CancellationToken ct) => Set(call, "Pending", "again", ct);

    protected abstract Task<IMessage> Send(SiteCall call, string name, CancellationToken ct);

    protected abstract SiteReadBack Judge(Vpc? found, string? name);

    protected abstract Task Record(SiteCall call, IMessage? answer, CancellationToken ct);

    protected Task Set(SiteCall call, string status, string? note, CancellationToken ct) => call.Db.Execute(
        "update thing set status = @status, note = @note, at_site = true, touched = @now where id = @id",
        new { id = call.Command.ResourceId, status, note, now = clock.Now() }, ct);

    protected static VpcId Id(SiteCall call) => new() { Value = call.Command.ResourceId };
}

internal sealed class CreateThing(ThingProbe probe, TimeProvider clock) : ThingHandler(probe, clock)
{
    protected override async Task<IMessage> Send(SiteCall call, string name, CancellationToken ct) =>
        await call.Core.CreateVpcAsync(new VpcCreationRequest { Id = Id(call), Name = name }, cancellationToken: ct);

    protected override SiteReadBack Judge(Vpc? found, string? name) => new(found is not null, found);

    protected override Task Record(SiteCall call, IMessage? answer, CancellationToken ct) => Set(call, "Ready", null, ct);
}

internal sealed class UpdateThing(ThingProbe probe, TimeProvider clock) : ThingHandler(probe, clock)
{
    protected override async Task<IMessage> Send(SiteCall call, string name, CancellationToken ct) =>
        await call.Core.UpdateVpcAsync(new VpcUpdateRequest { Id = Id(call), Metadata = new Metadata { Name = name } }, cancellationToken: ct);

    protected override SiteReadBack Judge(Vpc? found, string? name) => new(found?.Metadata.Name == name, found);

    protected override Task Record(SiteCall call, IMessage? answer, CancellationToken ct) => Set(call, "Ready", null, ct);
}

internal sealed class DeleteThing(ThingProbe probe, TimeProvider clock) : ThingHandler(probe, clock)
{
    protected override async Task<IMessage> Send(SiteCall call, string name, CancellationToken ct) =>
        await call.Core.DeleteVpcAsync(new VpcDeletionRequest { Id = Id(call) }, cancellationToken: ct);

    protected override SiteReadBack Judge(Vpc? found, string? name) => new(found is null);

    protected override Task Record(SiteCall call, IMessage? answer, CancellationToken ct) =>
        call.Db.Execute("delete from thing where id = @id", new { id = call.Command.ResourceId }, ct);
}

internal sealed class RebootThing(ThingProbe probe, TimeProvider clock) : ThingHandler(probe, clock)
{
    protected override async Task<IMessage> Send(SiteCall call, string name, CancellationToken ct) => await call.Core.InvokeInstancePowerAsync(
        new InstancePowerRequest { InstanceId = new InstanceId { Value = call.Command.ResourceId } }, cancellationToken: ct);

    protected override SiteReadBack Judge(Vpc? found, string? name) => new(false);

    protected override Task Record(SiteCall call, IMessage? answer, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>The inventory of things; a thing that was touched since the fence stays as it is.</summary>
internal sealed class ThingInventory(ThingProbe probe) : SiteInventory<Vpc>
{
    public override string Kind => Things.Kind;

    public override InventoryPart Part => InventoryPart.Vpcs;

    protected override SiteQuery Everything => new("FindVpcIds", new VpcSearchFilter());

    protected override bool HasUuids => probe.HasUuids;

    protected override SiteQuery ByIds(IReadOnlyList<string> ids) =>
        new("FindVpcsByIds", new VpcsByIdsRequest { VpcIds = { ids.Select(id => new VpcId { Value = id }) } });

    public override async Task<IReadOnlyList<Drift>> Apply(Db db, InventoryPage<Vpc> page, CancellationToken ct)
    {
        var ids = page.Items.Where(vpc => vpc.Item is not null).Select(vpc => vpc.Id).Order(StringComparer.Ordinal).ToArray();
        if (probe.Poison is { } poison && ids.Contains(poison))
        {
            throw new InvalidOperationException("This one cannot be applied");
        }

        probe.Applied.Enqueue(ids);
        await db.Execute(
            "update thing set status = 'Seen', is_missing = false, at_site = true where id = any(@ids) and touched < @Fence and status <> 'Deleting'",
            new { ids, page.Fence }, ct);
        return [.. ids.Except(await db.Many<string>("select id from thing where id = any(@ids)", new { ids }, ct), StringComparer.Ordinal).Select(id => Drift.Unknown(id))];
    }

    public override async Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct) =>
        await db.Many<AbsentObject>(
            """
            select id, status = 'Deleting' as deleting from thing
            where site_id = @siteId and at_site and not is_missing and touched < @fence and id <> all(@present)
            """,
            new { siteId, present, fence }, ct);

    public override async Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct)
    {
        await db.Execute("delete from thing where id = any(@ids) and status = 'Deleting' and touched < @fence", new { ids, fence }, ct);
        await db.Execute("update thing set status = 'Error', is_missing = true where id = any(@ids) and touched < @fence", new { ids, fence }, ct);
    }

    public override Task Answered(Db db, Guid siteId, CancellationToken ct)
    {
        Interlocked.Increment(ref probe.Answered);
        return Task.CompletedTask;
    }

}

/// <summary>A kind that the fake controller does not serve, read before the others.</summary>
internal sealed class UnservedInventory : SiteInventory<Tenant>
{
    public override string Kind => "unserved";

    public override InventoryPart Part => InventoryPart.Tenants;

    protected override SiteQuery Everything => new("FindTenantOrganizationIds", new TenantSearchFilter());

    protected override SiteQuery ByIds(IReadOnlyList<string> ids) => throw new InvalidOperationException("Nobody asks for what has no ids");

    public override Task<IReadOnlyList<Drift>> Apply(Db db, InventoryPage<Tenant> page, CancellationToken ct) => throw new InvalidOperationException();

    public override Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct) =>
        throw new InvalidOperationException();

    public override Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct) => throw new InvalidOperationException();
}
