using MediatR;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.Instances.ListInstances;

internal sealed class ListInstancesHandler(
    ActingAs acting, Db db, ISites sites, INetworks networks, IInstanceTypes types, InstanceAnswers answers)
    : IRequestHandler<ListInstances, Page<InstanceResponse>>
{
    public async Task<Page<InstanceResponse>> Handle(ListInstances request, CancellationToken cancellationToken)
    {
        var tenant = await acting.Tenant(NotYet.Forbidden, cancellationToken);
        await sites.RequireSeen(request.SiteId, "siteId", cancellationToken);
        await RequireProvider(request.InfrastructureProviderId, tenant.Id, cancellationToken);
        await RequireVpcs(request.VpcId, tenant.Id, cancellationToken);
        await RequireOperatingSystems(request.OperatingSystemId, tenant.Id, cancellationToken);
        await RequireInstanceTypes(request.InstanceTypeId, tenant.Id, cancellationToken);
        var text = TextSearch.For(request.Query);
        var args = new
        {
            tenantId = tenant.Id,
            request.InfrastructureProviderId,
            siteIds = request.SiteId.ToArray(),
            vpcIds = request.VpcId.ToArray(),
            typeIds = request.InstanceTypeId.ToArray(),
            systemIds = request.OperatingSystemId.ToArray(),
            machineIds = request.MachineId.ToArray(),
            hasSecurityGroup = request.NetworkSecurityGroupId.Count > 0,
            request.Name,
            statuses = request.Status.Select(status => status.ToString()).ToArray(),
            addresses = request.IpAddress.ToArray(),
            text.Words,
            text.Like,
            entries = StatusHistory.Shown,
        };
        var page = await db.Page<Instance>(Sql.Of<ListInstancesHandler>("ListInstances"), args, request.Page(), request.SqlOrder(), cancellationToken);
        return new(await answers.Of(page.Items, request.IncludeRelation, cancellationToken), page.Total);
    }

    /// <summary>A tenant knows the providers whose sites it uses; any other is as good as none.</summary>
    private async Task RequireProvider(Guid? id, Guid tenantId, CancellationToken ct)
    {
        if (id is { } provider
            && (await sites.Summaries([.. await sites.UsedBy(tenantId, ct)], ct)).Values.All(site => site.InfrastructureProviderId != provider))
        {
            throw Problem.Invalid("infrastructureProviderId", $"infrastructure provider {provider} does not exist");
        }
    }

    private async Task RequireVpcs(IReadOnlyList<Guid> ids, Guid tenantId, CancellationToken ct)
    {
        var known = await networks.Vpcs(ids, ct);
        foreach (var id in ids.Where(id => !known.TryGetValue(id, out var vpc) || vpc.Ref.TenantId != tenantId))
        {
            throw Problem.Invalid("vpcId", $"VPC {id} does not exist");
        }
    }

    /// <summary>A tenant knows the instance types of the sites that it uses, and those of which it still has instances.</summary>
    private async Task RequireInstanceTypes(IReadOnlyList<Guid> ids, Guid tenantId, CancellationToken ct)
    {
        if (ids.Count == 0)
        {
            return;
        }

        var known = await types.Summaries([.. ids.Distinct()], ct);
        var used = await sites.UsedBy(tenantId, ct);
        var own = await db.Many<Guid>(
            "select distinct instance_type_id from compute.instance where tenant_id = @tenantId and instance_type_id = any(@ids)",
            new { tenantId, ids = ids.ToArray() },
            ct);
        foreach (var id in ids.Where(id => !own.Contains(id) && !(known.TryGetValue(id, out var type) && used.Contains(type.SiteId))))
        {
            throw Problem.Invalid("instanceTypeId", $"instance type {id} does not exist");
        }
    }

    private async Task RequireOperatingSystems(IReadOnlyList<Guid> ids, Guid tenantId, CancellationToken ct)
    {
        if (ids.Count == 0)
        {
            return;
        }

        var known = await db.Many<Guid>(
            "select id from compute.operating_system where id = any(@ids) and tenant_id = @tenantId", new { ids = ids.ToArray(), tenantId }, ct);
        foreach (var id in ids.Except(known))
        {
            throw Problem.Invalid("operatingSystemId", $"operating system {id} does not exist");
        }
    }
}
