using System.Security.Cryptography;
using MediatR;
using Nico.Compute.Instances.Types;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Compute.Instances.BatchCreateInstance;

internal sealed class BatchCreateInstanceHandler(
    Db db,
    ISites sites,
    INetworks networks,
    IFreeMachines machines,
    NewInstances news,
    Quota quota,
    Devices devices,
    InstanceRows rows,
    ISiteCommands commands,
    TimeProvider clock) : IRequestHandler<BatchCreateInstance, IReadOnlyList<Guid>>
{
    public async Task<IReadOnlyList<Guid>> Handle(BatchCreateInstance request, CancellationToken cancellationToken)
    {
        var tenant = await news.Tenant(request.TenantId, request.Count!.Value, cancellationToken);
        var vpc = await news.HoldVpc(request.VpcId!.Value, request.SecondaryVpcIds, request.AutoNetwork ?? false, tenant, cancellationToken);
        await sites.RequireRegistered(vpc.SiteId, cancellationToken);
        request.Attachments.RequireNone();
        var boot = await news.Boot(
            request.OperatingSystemId,
            request.IpxeScript,
            request.UserData,
            request.PhoneHomeEnabled,
            request.AlwaysBootWithCustomIpxe,
            tenant,
            vpc.SiteId,
            cancellationToken);
        var type = await quota.HoldType(request.InstanceTypeId!.Value, vpc.SiteId, cancellationToken);
        var now = clock.Now();
        var batchId = Guid.CreateVersion7();
        var pattern = await NetworkPlan.Resolve(
            request.Interfaces ?? [], vpc, request.SecondaryVpcIds ?? [], tenant.Id, batchId, networks, now, cancellationToken);
        await devices.RequireOfTypeAlone(pattern, type.Id, cancellationToken);
        var names = await Names(request, tenant, vpc, cancellationToken);
        await quota.Draw(type, tenant, names.Count, cancellationToken);
        var instances = await Place(request, type, tenant, names, cancellationToken);
        var shared = new NewInstance
        {
            Description = request.Description,
            Tenant = tenant,
            Vpc = vpc,
            Type = type,
            BatchId = batchId,
            Boot = boot,
            Labels = request.Labels,
            AutoNetwork = request.AutoNetwork ?? false,
        };
        await news.Insert(shared, instances, now, cancellationToken);
        await rows.AddInterfaces(
            [.. instances.SelectMany(instance => pattern.Select(row => row with { Id = Guid.CreateVersion7(), InstanceId = instance.Id }))], cancellationToken);
        await ComputeModule.InstanceHistory.AppendAll(
            db,
            [.. instances.Select(each => new StatusChange(each.Id.ToString(), nameof(InstanceStatus.Pending), "Instance is on its way to its site"))],
            now,
            cancellationToken);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = vpc.SiteId,
                Kind = AtSite.InstanceAtSite.Batch,
                ResourceId = batchId.ToString(),
                Operation = SiteOperation.Create,
                After = [.. AtSite.InstanceAtSite.Needs(shared, pattern, instances)],
            },
            cancellationToken);
        return [.. instances.Select(instance => instance.Id)];
    }

    /// <summary>Names that none of the tenant's instances at the site has or may get back.</summary>
    private async Task<IReadOnlyList<string>> Names(BatchCreateInstance request, TenantRef tenant, VpcRef vpc, CancellationToken ct)
    {
        var common = RandomNumberGenerator.GetHexString(6, lowercase: true);
        string[] names = [.. Enumerable.Range(1, request.Count!.Value).Select(number => $"{request.NamePrefix}-{common}-{number}")];
        await rows.HoldNames(tenant.Id, vpc.SiteId, names, ct);
        return names;
    }

    /// <summary>A free machine of the type for each name.</summary>
    private async Task<IReadOnlyList<InstanceOnMachine>> Place(
        BatchCreateInstance request, InstanceTypeOffer type, TenantRef tenant, IReadOnlyList<string> names, CancellationToken ct)
    {
        var isOneDomain = request.TopologyOptimized ?? true;
        var found = isOneDomain
            ? await machines.LockOfOneDomain(type.SiteId, type.Id, names.Count, ct)
            : await machines.Lock(type.SiteId, type.Id, names.Count, ct);
        if (found.Count < names.Count)
        {
            throw Problem.Conflict(isOneDomain
                ? $"No NVLink domain has {names.Count} free machines of instance type {type.Id}"
                : $"Instance type {type.Id} has no {names.Count} free machines");
        }

        InstanceOnMachine[] instances =
        [
            .. found.Zip(names, (machine, name) =>
                new InstanceOnMachine(Guid.CreateVersion7(), name, machine.Id, machine.InfrastructureProviderId, machine.HasInfiniBand)),
        ];
        await machines.Assign([.. instances.Select(instance => new MachineAssignment(instance.MachineId, instance.Id))], tenant.Id, ct);
        return instances;
    }
}

internal sealed class InstancesOfBatchHandler(ActingAs acting, Db db, InstanceAnswers answers)
    : IRequestHandler<InstancesOfBatch, IReadOnlyList<InstanceResponse>>
{
    public async Task<IReadOnlyList<InstanceResponse>> Handle(InstancesOfBatch request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Forbidden, cancellationToken);
        var args = new { ids = request.Ids.ToArray(), tenantId, entries = StatusHistory.Shown };
        return await answers.Of(await db.Many<Instance>(Sql.Of<InstancesOfBatchHandler>("InstancesOfBatch"), args, cancellationToken), [], cancellationToken);
    }
}
