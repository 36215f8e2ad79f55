using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Nico.Audit.Retention;
using Nico.Audit.Trail;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Retention;

namespace Nico.Audit;

/// <summary>Who changed what, when and from where.</summary>
public static class AuditModule
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Nico.Audit";

    /// <summary>Registers the trail that changes are written to.</summary>
    public static IServiceCollection AddAudit(this IServiceCollection services)
    {
        DapperTypes.Register();
        return services
            .AddSingleton<IRetained, RetainedEntries>()
            .AddSingleton<AuditMeasures>()
            .AddScoped<AuditTrail>()
            .AddScoped<IAuditTrail>(provider => provider.GetRequiredService<AuditTrail>());
    }

    /// <summary>Records every mutating request to a route of the API, and readings of secrets; stands outside of error mapping, after routing.</summary>
    public static IApplicationBuilder UseAudit(this IApplicationBuilder app) => app.UseMiddleware<AuditMiddleware>();

    /// <summary>Writes the entry of who was let in, before the operation; stands after authentication and whatever else refuses.</summary>
    public static IApplicationBuilder UseAuditAdmission(this IApplicationBuilder app) => app.UseMiddleware<AdmissionMiddleware>();
}
