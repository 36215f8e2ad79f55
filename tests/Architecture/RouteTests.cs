using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
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
    public async Task Every_operation_is_authorized_by_exactly_the_roles_that_it_states()
    {
        foreach (var route in running.Routes.Where(route => route.Metadata.GetMetadata<RouteAccess>() is not null))
        {
            var access = route.Metadata.GetMetadata<RouteAccess>()!;
            Assert.Null(route.Metadata.GetMetadata<IAllowAnonymous>());
            var policy = await Policy(route);
            Assert.Contains(policy.Requirements, requirement => requirement is DenyAnonymousAuthorizationRequirement or RolesAuthorizationRequirement);
            Assert.Equal(
                access.Roles.Select(Caller.NameOf).Order(),
                policy.Requirements.OfType<RolesAuthorizationRequirement>().SelectMany(roles => roles.AllowedRoles).Distinct().Order());
        }
    }

    [Fact]
    public void Every_operation_of_the_document_is_a_route_that_states_its_access()
    {
        var documented = running.Document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Where(item => item.Value is JsonObject).Select(item => $"{item.Key.ToUpperInvariant()} {path.Key}"))
            .Order()
            .ToArray();
        var stated = running.Routes
            .Where(route => route.Metadata.GetMetadata<RouteAccess>() is not null)
            .SelectMany(route => route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {Path(route)}"))
            .Order()
            .ToArray();

        Assert.True(documented.Length > 70);
        Assert.Empty(documented.Except(stated));
    }

    [Fact]
    public void Every_route_without_a_token_is_known_to_be_open()
    {
        var open = running.Routes.Where(route => route.Metadata.GetMetadata<IAllowAnonymous>() is not null).Select(Path).ToArray();

        Assert.DoesNotContain(open, path => !_open.Keys.Any(known => IsUnder(path, known)));
        Assert.DoesNotContain(_open.Keys, known => !open.Any(path => IsUnder(path, known)));
    }

    [Fact]
    public async Task What_is_for_operators_is_authorized_by_the_port_and_what_states_nothing_is_for_nobody()
    {
        var everything = new ClaimsPrincipal(new ClaimsIdentity(Enum.GetValues<Role>().Select(role => new Claim(ClaimTypes.Role, Caller.NameOf(role))), "test"));
        var authorization = running.Services.GetRequiredService<IAuthorizationService>();
        var unstated = 0;
        foreach (var route in running.Routes.Where(route =>
            route.Metadata.GetMetadata<IAllowAnonymous>() is null && route.Metadata.GetMetadata<RouteAccess>() is null))
        {
            var policy = await Policy(route);
            unstated += route.Metadata.GetMetadata<OperatorsOnly>() is null ? 1 : 0;
            var operators = new DefaultHttpContext();
            operators.Features.Set(new OperatorsConnection());
            Assert.False((await authorization.AuthorizeAsync(everything, new DefaultHttpContext(), policy)).Succeeded);
            Assert.Equal(
                route.Metadata.GetMetadata<OperatorsOnly>() is not null,
                (await authorization.AuthorizeAsync(everything, operators, policy)).Succeeded);
        }

        // The framework adds one of its own, which is not served either.
        Assert.InRange(unstated, 0, 1);
    }

    [Fact]
    public void Authentication_writes_no_keys_into_the_home_of_the_account() => Assert.Null(running.Services.GetService<IDataProtectionProvider>());

    private async Task<AuthorizationPolicy> Policy(RouteEndpoint route) =>
        (await AuthorizationPolicy.CombineAsync(
            running.Services.GetRequiredService<IAuthorizationPolicyProvider>(),
            route.Metadata.GetOrderedMetadata<IAuthorizeData>(),
            route.Metadata.GetOrderedMetadata<AuthorizationPolicy>()))!;

    private static bool IsUnder(string path, string known) => path == known || path.StartsWith(known + "/", StringComparison.Ordinal);

    private static string Path(RouteEndpoint route) => "/" + route.RoutePattern.RawText!.TrimStart('/');
}
