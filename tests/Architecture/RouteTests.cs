using Microsoft.AspNetCore.Routing;
using Nico.Host.Operations;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Xunit;

namespace Nico.Tests.Architecture;

/// <summary>Every route states who may call it.</summary>
public sealed class RouteTests(RunningRoutes running)
{
    /// <summary>Routes that ask for no token, and why.</summary>
    private static readonly Dictionary<string, string> _open = new()
    {
        ["/healthz"] = "a load balancer has no token",
        ["/readyz"] = "a load balancer has no token",
        ["/openapi/v2.json"] = "documentation",
        ["/docs"] = "documentation",
        ["/pair"] = "the registration token in the body is the credential",
    };

    private static readonly Dictionary<string, Role[]> _access = new()
    {
        ["get-metadata"] = [],
        ["get-user"] = [],
        ["get-current-service-account"] = [],
        ["get-current-infrastructure-provider"] = [Role.ProviderAdmin, Role.ProviderViewer],
        ["get-current-infrastructure-provider-stats"] = [Role.ProviderAdmin],
        ["get-current-tenant"] = [Role.TenantAdmin],
        ["get-current-tenant-stats"] = [Role.TenantAdmin],
        ["get-all-tenant-account"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["get-tenant-account"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["create-tenant-account"] = [Role.ProviderAdmin],
        ["update-tenant-account"] = [Role.ProviderAdmin, Role.TenantAdmin],
        ["delete-tenant-account"] = [Role.ProviderAdmin],
        ["get-all-audit-entry"] = [Role.ProviderAdmin, Role.TenantAdmin],
        ["get-audit-entry"] = [Role.ProviderAdmin, Role.TenantAdmin],
        ["get-all-site"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["get-site"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["update-site"] = [Role.ProviderAdmin, Role.TenantAdmin],
        ["delete-site"] = [Role.ProviderAdmin],
        ["get-site-status-history"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["create-site"] = [Role.ProviderAdmin],
        ["get-all-machine"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["get-machine"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["update-machine"] = [Role.ProviderAdmin, Role.TenantAdmin],
        ["delete-machine"] = [Role.ProviderAdmin],
        ["get-machine-status-history"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["get-machine-gpu-stats"] = [Role.ProviderAdmin],
        ["get-machine-instance-type-stats"] = [Role.ProviderAdmin],
        ["get-machine-instance-type-stats-summary"] = [Role.ProviderAdmin],
        ["get-all-machine-capabilities"] = [Role.ProviderAdmin],
        ["get-all-ipblock"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["get-ipblock"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["create-ipblock"] = [Role.ProviderAdmin],
        ["update-ipblock"] = [Role.ProviderAdmin],
        ["delete-ipblock"] = [Role.ProviderAdmin],
        ["get-all-derived-ipblock"] = [Role.ProviderAdmin, Role.ProviderViewer],
        ["get-all-allocation"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["get-allocation"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["create-allocation"] = [Role.ProviderAdmin],
        ["update-allocation"] = [Role.ProviderAdmin],
        ["update-allocation-constraint"] = [Role.ProviderAdmin],
        ["delete-allocation"] = [Role.ProviderAdmin],
        ["create-instance-type"] = [Role.ProviderAdmin],
        ["get-all-instance-type"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["get-instance-type"] = [Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin],
        ["update-instance-type"] = [Role.ProviderAdmin],
        ["delete-instance-type"] = [Role.ProviderAdmin],
        ["create-instance-type-machine-association"] = [Role.ProviderAdmin],
        ["get-instance-type-machine-association"] = [Role.ProviderAdmin],
        ["delete-instance-type-machine-association"] = [Role.ProviderAdmin],
        ["get-tenant-instance-type-stats"] = [Role.ProviderAdmin],
        ["get-all-vpc"] = [Role.TenantAdmin],
        ["get-vpc"] = [Role.TenantAdmin],
        ["create-vpc"] = [Role.TenantAdmin],
        ["update-vpc"] = [Role.TenantAdmin],
        ["update-vpc-virtualization"] = [Role.TenantAdmin],
        ["delete-vpc"] = [Role.TenantAdmin],
        ["get-all-vpc-prefix"] = [Role.TenantAdmin],
        ["get-vpc-prefix"] = [Role.TenantAdmin],
        ["create-vpc-prefix"] = [Role.TenantAdmin],
        ["update-vpc-prefix"] = [Role.TenantAdmin],
        ["delete-vpc-prefix"] = [Role.TenantAdmin],
        ["get-all-subnet"] = [Role.TenantAdmin],
        ["get-subnet"] = [Role.TenantAdmin],
        ["create-subnet"] = [Role.TenantAdmin],
        ["update-subnet"] = [Role.TenantAdmin],
        ["delete-subnet"] = [Role.TenantAdmin],
        ["get-all-operating-system"] = [Role.TenantAdmin],
        ["get-operating-system"] = [Role.TenantAdmin],
        ["create-operating-system"] = [Role.TenantAdmin],
        ["update-operating-system"] = [Role.TenantAdmin],
        ["delete-operating-system"] = [Role.TenantAdmin],
        ["get-all-instance"] = [Role.TenantAdmin],
        ["get-instance"] = [Role.TenantAdmin],
        ["create-instance"] = [Role.TenantAdmin],
        ["batch-create-instance"] = [Role.TenantAdmin],
        ["update-instance"] = [Role.TenantAdmin],
        ["delete-instance"] = [Role.TenantAdmin],
        ["get-instance-status-history"] = [Role.TenantAdmin],
        ["get-all-interface"] = [Role.TenantAdmin],
    };

    [Fact]
    public void Every_operation_has_exactly_the_access_that_stands_here()
    {
        var stated = running.Routes
            .Where(route => route.Metadata.GetMetadata<RouteDocs>() is not null)
            .ToDictionary(
                route => route.Metadata.GetMetadata<RouteDocs>()!.OperationId,
                route => string.Join(",", route.Metadata.GetMetadata<RouteAccess>()?.Roles.Order() ?? throw new InvalidOperationException($"{route.RoutePattern.RawText} states no access")));

        Assert.Equal(_access.ToDictionary(a => a.Key, a => string.Join(",", a.Value.Order())).OrderBy(a => a.Key), stated.OrderBy(a => a.Key));
    }

    [Fact]
    public void Every_route_without_a_token_is_known_to_be_open()
    {
        var strangers = running.Routes
            .Where(route => route.Metadata.GetMetadata<OpenRoute>() is not null || route.Metadata.GetMetadata<AnyPort>() is not null)
            .Select(Path)
            .Where(path => !_open.Keys.Any(open => path == open || path.StartsWith(open + "/", StringComparison.Ordinal)));

        Assert.Empty(strangers);
    }

    private static string Path(RouteEndpoint route) => "/" + route.RoutePattern.RawText!.TrimStart('/');
}
