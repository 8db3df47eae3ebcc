using HashBot;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.Configure<BotOptions>(builder.Configuration.GetSection("Bot"));
builder.Services.AddHostedService<Bot>();
await builder.Build().RunAsync();
