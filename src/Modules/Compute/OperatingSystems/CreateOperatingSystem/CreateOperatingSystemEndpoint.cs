using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;

namespace Nico.Compute.OperatingSystems.CreateOperatingSystem;

/// <summary>A tenant's order for an operating system. Source: spec/32-operating-system.md, sections 3.1 and 4.1.</summary>
[Schema("OperatingSystemCreateRequest")]
public sealed record CreateOperatingSystem : ICommand<Guid>
{
    /// <summary>Name of the operating system, 2 to 256 bytes; unique for the tenant.</summary>
    public string? Name { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>Must be absent: operating systems belong to tenants.</summary>
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>The org's own tenant, or absent.</summary>
    public Guid? TenantId { get; init; }

    /// <summary>The one site that keeps the image. With an iPXE script at most one that the caller sees, which has no effect.</summary>
    public IReadOnlyList<Guid>? SiteIds { get; init; }

    /// <summary>The iPXE script to boot. Either this or an image.</summary>
    [Bound(Limit = nameof(LimitOptions.IpxeScriptBytes))]
    public string? IpxeScript { get; init; }

    /// <summary>Where the image is. Either this or an iPXE script.</summary>
    [Bound(Bytes = 2048)]
    public string? ImageUrl { get; init; }

    /// <summary>SHA digest of the image, hexadecimal; required with an image.</summary>
    public string? ImageSha { get; init; }

    /// <summary>How the image's server is asked: Basic or Bearer; goes with a token.</summary>
    public string? ImageAuthType { get; init; }

    /// <summary>What the image's server is told; goes with a type. Never shown again.</summary>
    [Bound(Bytes = 4096)]
    public string? ImageAuthToken { get; init; }

    /// <summary>The disk that the image is written to, such as <c>/dev/nvme0n1</c>.</summary>
    public string? ImageDisk { get; init; }

    /// <summary>UUID of the root file system in the image. Either this or the label.</summary>
    public string? RootFsId { get; init; }

    /// <summary>Label of the root file system in the image. Either this or the UUID.</summary>
    public string? RootFsLabel { get; init; }

    /// <summary>True when instances are to be ready only once they have called the site. Default false.</summary>
    public bool? PhoneHomeEnabled { get; init; }

    /// <summary>What the operating system finds as user data. A cloud-config when phone home is enabled: the order to call is put into it.</summary>
    [Bound(Limit = nameof(LimitOptions.UserDataBytes))]
    public string? UserData { get; init; }

    /// <summary>True when the user data is meant for cloud-init. Default false.</summary>
    public bool? IsCloudInit { get; init; }

    /// <summary>True when an instance may bring user data of its own. Default false.</summary>
    public bool? AllowOverride { get; init; }

    /// <summary>Not supported: must be absent or false.</summary>
    public bool? EnableBlockStorage { get; init; }

    /// <summary>Must be absent: there are no boot templates.</summary>
    public Guid? IpxeTemplateId { get; init; }

    /// <summary>Must be absent: there are no boot templates.</summary>
    public IReadOnlyList<IpxeTemplatePart>? IpxeTemplateParameters { get; init; }

    /// <summary>Must be absent: there are no boot templates.</summary>
    public IReadOnlyList<IpxeTemplatePart>? IpxeTemplateArtifacts { get; init; }
}

internal sealed class CreateOperatingSystemEndpoint : CommandEndpoint<CreateOperatingSystem, Guid, OperatingSystemResponse>
{
    protected override int SuccessStatus => 201;

    public override void Configure()
    {
        Post("operating-system");
        Allow(Role.TenantAdmin);
        Describe(
            "create-operating-system",
            "Operating System",
            "Create an operating system",
            "Makes a definition that instances can boot: an iPXE script, usable at every site, or an image that a site keeps. An image is Syncing "
            + "until its site has it.",
            404,
            409,
            412,
            501);
    }

    protected override IQuery<OperatingSystemResponse> Answer(CreateOperatingSystem request, Guid id) =>
        new GetOperatingSystem.GetOperatingSystem { OperatingSystemId = id };

    internal sealed class Rules : FastEndpoints.Validator<CreateOperatingSystem>
    {
        public Rules()
        {
            RuleFor(order => order.Name).RequiredName();
            RuleFor(order => order.InfrastructureProviderId).Null().WithMessage("must be absent: operating systems belong to tenants");
            RuleFor(order => order.IpxeTemplateId).NoTemplate();
            RuleFor(order => order.IpxeTemplateParameters).NoTemplate();
            RuleFor(order => order.IpxeTemplateArtifacts).NoTemplate();
            RuleFor(order => order.EnableBlockStorage).Must(on => on is not true).WithMessage("is not supported");
            RuleFor(order => order.IpxeScript)
                .Must((order, script) => script is not null || order.ImageUrl is not null).WithMessage("is required, unless there is an image")
                .Must((order, script) => script is null || order.ImageUrl is null).WithMessage("does not go with an image")
                .Must(script => script is not "").WithMessage("must not be empty");
            RuleFor(order => order.SiteIds)
                .Must(sites => sites is null or [] or [_]).When(order => order.IpxeScript is not null, ApplyConditionTo.CurrentValidator)
                .WithMessage("must have at most one entry with an iPXE script, which can be used at every site")
                .Must(sites => sites is [_]).When(IsImage, ApplyConditionTo.CurrentValidator).WithMessage("must have exactly one entry for an image");
            When(IsImage, () =>
            {
                RuleFor(order => order.ImageUrl).ImageUrl();
                RuleFor(order => order.ImageSha).ImageSha();
                RuleFor(order => order.ImageAuthType).ImageAuthType()
                    .Must((order, type) => string.IsNullOrEmpty(type) == string.IsNullOrEmpty(order.ImageAuthToken))
                    .WithMessage("goes with imageAuthToken");
                RuleFor(order => order.ImageDisk).ImageDisk();
                RuleFor(order => order.RootFsId)
                    .Must((order, id) => string.IsNullOrEmpty(id) != string.IsNullOrEmpty(order.RootFsLabel))
                    .WithMessage("or rootFsLabel is needed, and not both");
            });
        }

        private static bool IsImage(CreateOperatingSystem order) => order.ImageUrl is not null && order.IpxeScript is null;
    }
}
